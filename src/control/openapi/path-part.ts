// What a segment of a resource's path may be, in AWS's words: asked by imports and by CreateResource alike.
// @see observed behaviour, section 2

const greedy = /^\{[a-zA-Z0-9._$-]+\+\}$/;
const variable = /^\{[a-zA-Z0-9._$-]+\+?\}$/;
const literal = /^[a-zA-Z0-9._:-]+$/;

/** `{proxy+}`: it takes the rest of the path, so nothing can stand below it. */
const isGreedy = (pathPart: string | undefined): boolean => pathPart !== undefined && greedy.test(pathPart);
/** `{name}` or `{name+}`: a parent has one such child at most. */
export const isVariable = (pathPart: string | undefined): boolean =>
  pathPart !== undefined && variable.test(pathPart);

/** The path of a child. */
export const pathBelow = (parentPath: string, pathPart: string): string =>
  parentPath === '/' ? `/${pathPart}` : `${parentPath}/${pathPart}`;

/**
 * Why a segment cannot stand there; undefined when it can.
 *
 * @param parentPart - the parent's own segment; undefined for the root
 * @param variableSibling - the segment of the child that is variable already, if there is one
 */
export function pathPartProblem(
  pathPart: string,
  parentPart: string | undefined,
  variableSibling: string | undefined,
): string | undefined {
  if (!literal.test(pathPart) && !variable.test(pathPart)) {
    return "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.";
  }
  if (isGreedy(parentPart)) {
    return `Cannot create a child of a resource with a greedy path variable: ${parentPart}`;
  }
  if (!isVariable(pathPart) || variableSibling === undefined) return undefined;
  return `A sibling (${variableSibling}) of this resource already has a variable path part -- only one is allowed`;
}
