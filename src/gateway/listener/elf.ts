// Just enough of ELF64 (little endian, x86-64 and AArch64) to see which symbols of a shared object need which
// version of a library, and to point one of them at another symbol. It knows nothing of uWebSockets.js.
// Layouts: System V ABI, "Object Files"; LSB Core, "Symbol Versioning".

const sectionType = { dynamicSymbols: 11, versionNeeds: 0x6ffffffe, symbolVersions: 0x6fffffff } as const;
const sectionHeaderBytes = 64;
const symbolBytes = 24;
const flagWeak = 2;

/** One version of one library that the object asks the dynamic loader for. */
export interface NeededVersion {
  readonly library: string;
  readonly name: string;
  /** What symbols carry in `.gnu.version` to mean this version. */
  readonly index: number;
  /** Where its entry (Vernaux) lies in the file. */
  readonly offset: number;
}

export interface DynamicSymbol {
  readonly name: string;
  readonly versionIndex: number;
  readonly offset: number;
  readonly versionOffset: number;
}

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
}

/** An ELF64 shared object held in memory; edits change `bytes` in place. */
export class SharedObject {
  readonly bytes: Buffer;
  readonly machine: 'x64' | 'arm64';
  readonly symbols: readonly DynamicSymbol[];
  readonly neededVersions: readonly NeededVersion[];

  /** @throws when the bytes are not an ELF64 shared object with versioned dynamic symbols */
  constructor(bytes: Buffer) {
    if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46) throw new Error('it is not an ELF file');
    if (bytes[4] !== 2 || bytes[5] !== 1) throw new Error('it is not a 64-bit little-endian ELF file');
    const machine = bytes.readUInt16LE(18);
    if (machine !== 62 && machine !== 183) throw new Error(`its machine type ${machine} is not x64 or arm64`);
    this.bytes = bytes;
    this.machine = machine === 62 ? 'x64' : 'arm64';
    const sections = readSections(bytes);
    const dynamicSymbols = sectionOf(sections, sectionType.dynamicSymbols);
    const names = sections[dynamicSymbols.link];
    if (names === undefined) throw new Error('its symbols have no names');
    this.symbols = readSymbols(bytes, dynamicSymbols, names, sectionOf(sections, sectionType.symbolVersions));
    this.neededVersions = readNeeds(bytes, sectionOf(sections, sectionType.versionNeeds), names);
  }

  /**
   * Makes a symbol refer to the name that remains when its first `dropped` characters are left out. The string
   * table stays as it is: the shorter name is the tail of the longer one.
   */
  shortenName(symbol: DynamicSymbol, dropped: number, version: NeededVersion): void {
    this.bytes.writeUInt32LE(this.bytes.readUInt32LE(symbol.offset) + dropped, symbol.offset);
    this.bytes.writeUInt16LE(version.index, symbol.versionOffset);
  }

  /** Tells the dynamic loader to go on when the library does not have this version. */
  makeWeak(version: NeededVersion): void {
    const flags = version.offset + 4;
    this.bytes.writeUInt16LE(this.bytes.readUInt16LE(flags) | flagWeak, flags);
  }
}

function readSections(bytes: Buffer): Section[] {
  const start = Number(bytes.readBigUInt64LE(40));
  const count = bytes.readUInt16LE(60);
  return Array.from({ length: count }, (_, i) => {
    const at = start + i * sectionHeaderBytes;
    return {
      type: bytes.readUInt32LE(at + 4),
      offset: Number(bytes.readBigUInt64LE(at + 24)),
      size: Number(bytes.readBigUInt64LE(at + 32)),
      link: bytes.readUInt32LE(at + 40),
      info: bytes.readUInt32LE(at + 44),
    };
  });
}

function sectionOf(sections: readonly Section[], type: number): Section {
  const found = sections.find((section) => section.type === type);
  if (found === undefined) throw new Error(`it has no section of type 0x${type.toString(16)}`);
  return found;
}

function readSymbols(bytes: Buffer, table: Section, names: Section, versions: Section): DynamicSymbol[] {
  return Array.from({ length: table.size / symbolBytes }, (_, i) => {
    const offset = table.offset + i * symbolBytes;
    const versionOffset = versions.offset + i * 2;
    const name = textAt(bytes, names.offset + bytes.readUInt32LE(offset));
    return { name, versionIndex: bytes.readUInt16LE(versionOffset) & 0x7fff, offset, versionOffset };
  });
}

/** A list of libraries, each with a list of versions; both are linked by relative offsets. */
function readNeeds(bytes: Buffer, section: Section, names: Section): NeededVersion[] {
  const needs: NeededVersion[] = [];
  let at = section.offset;
  for (let i = 0; i < section.info; i++) {
    const library = textAt(bytes, names.offset + bytes.readUInt32LE(at + 4));
    let version = at + bytes.readUInt32LE(at + 8);
    for (let j = bytes.readUInt16LE(at + 2); j > 0; j--) {
      const name = textAt(bytes, names.offset + bytes.readUInt32LE(version + 8));
      needs.push({ library, name, index: bytes.readUInt16LE(version + 6), offset: version });
      version += bytes.readUInt32LE(version + 12);
    }
    at += bytes.readUInt32LE(at + 12);
  }
  return needs;
}

function textAt(bytes: Buffer, offset: number): string {
  return bytes.toString('latin1', offset, bytes.indexOf(0, offset));
}
