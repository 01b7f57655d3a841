// The XML that services of the Query protocol answer, as a tree; only what they write: elements, text, entities, CDATA.

/** An element: its children, or its text when it has none. Attributes are left out. */
export interface XmlElement {
  /** Without a prefix. */
  readonly name: string;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const depthMax = 64;
const token =
  /<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<(\/?)([A-Za-z_][\w.:-]*)(?:"[^"]*"|'[^']*'|[^<>"'])*?(\/?)>|([^<]+)/y;
const entities: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

interface OpenElement {
  readonly name: string;
  readonly children: XmlElement[];
  text: string;
}

/** @returns the root; null for what is not well-formed, or deeper than 64, or has a document type */
export function parseXml(text: string): XmlElement | null {
  const document: OpenElement = { name: '', children: [], text: '' };
  const open = [document];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const found = token.exec(text);
    if (found === null) return null;
    const [, cdata, slash, name, selfClosing, plain] = found;
    const top = open.at(-1)!;
    if (cdata !== undefined) top.text += cdata;
    else if (plain !== undefined) top.text += decodeEntities(plain);
    else if (slash === '/') {
      if (open.length === 1 || top.name !== localName(name!)) return null;
      open.pop();
      open.at(-1)!.children.push(top);
    } else if (name !== undefined) {
      const element: OpenElement = { name: localName(name), children: [], text: '' };
      if (selfClosing === '/') top.children.push(element);
      else if (open.push(element) > depthMax) return null;
    }
  }
  return open.length === 1 && document.children.length === 1 ? document.children[0]! : null;
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|(\w{1,8}));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities.get(name) ?? whole;
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
