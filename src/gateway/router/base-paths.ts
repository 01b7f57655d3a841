// The base path mappings of one custom domain: which is the longest that a path begins with, segment by segment.

/** Where a base path leads. */
export interface Mapping {
  /** Without slashes at its ends; '' takes every path that no other mapping takes. */
  readonly basePath: string;
  readonly apiId: string;
  /** null: the next segment of the path names it. */
  readonly stage: string | null;
}

export interface MappingMatch {
  readonly mapping: Mapping;
  /** Where the path goes on: a slash, or its end. */
  readonly end: number;
}

export class BasePaths {
  readonly #catchAll: Mapping | null;
  readonly #byPath: ReadonlyMap<string, Mapping>;
  readonly #segmentsMax: number;

  constructor(mappings: readonly Mapping[]) {
    const named = mappings.filter(({ basePath }) => basePath !== '');
    this.#catchAll = mappings.find(({ basePath }) => basePath === '') ?? null;
    this.#byPath = new Map(named.map((mapping) => [mapping.basePath, mapping]));
    this.#segmentsMax = Math.max(0, ...named.map(segmentCount));
  }

  /** @param path - begins with one slash */
  longest(path: string): MappingMatch | null {
    let mapping = this.#catchAll;
    let mappingEnd = 0;
    for (let end = 0, i = 0; i < this.#segmentsMax && end < path.length; i++) {
      const next = path.indexOf('/', end + 1);
      end = next < 0 ? path.length : next;
      const found = this.#byPath.get(path.slice(1, end));
      if (found === undefined) continue;
      mapping = found;
      mappingEnd = end;
    }
    return mapping === null ? null : { mapping, end: mappingEnd };
  }
}

const segmentCount = ({ basePath }: Mapping): number => basePath.split('/').length;
