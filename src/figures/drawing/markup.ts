declare const brand: unique symbol;

/** Text that is safe in an XML or HTML document as it is. Only this file makes it from plain text. */
export type Markup = string & { readonly [brand]: 'markup' };

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Nothing. */
export const empty = '' as Markup;

// Controls but for tab and line ends, lone surrogates and noncharacters: XML 1.0 (section 2.2) does not allow most of
// them, and HTML parsers take the rest as errors.
const FORBIDDEN = /(?![\t\n\r])[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/gu;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Plain text without the characters that documents must not contain. */
export function clean(plain: string): string {
  return plain.replace(FORBIDDEN, '');
}

/** Plain text as markup: cleaned, and escaped for use between tags and in quoted attributes alike. */
export function text(plain: string): Markup {
  return clean(plain).replace(/[&<>"']/g, (character) => ENTITIES[character]) as Markup;
}

/** Joins pieces of markup. */
export function join(pieces: readonly Markup[], separator: '' | '\n' = ''): Markup {
  return pieces.join(separator) as Markup;
}

/** An element. Names are ours; attribute values are escaped; numbers are rounded to 2 decimals. */
export function el(name: string, attributes: Attributes = {}, ...children: readonly Markup[]): Markup {
  const head = openTag(name, attributes);
  return (children.length === 0 ? `<${head}/>` : `<${head}>${join(children)}</${name}>`) as Markup;
}

/** As `el`, for HTML: an element without children keeps its end tag, unless HTML gives it none. */
export function html(name: string, attributes: Attributes = {}, ...children: readonly Markup[]): Markup {
  const head = `<${openTag(name, attributes)}>`;
  return (VOID.has(name) ? head : `${head}${join(children)}</${name}>`) as Markup;
}

const VOID = new Set(['meta', 'br', 'hr', 'col', 'img']);

function openTag(name: string, attributes: Attributes): string {
  let tag = name;
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    tag += ` ${key}="${typeof value === 'number' ? short(value) : text(value)}"`;
  }
  return tag;
}

/** A number for an attribute: at most `digits` decimals, no exponent, no negative zero. */
export function short(value: number, digits = 2): string {
  if (!Number.isFinite(value)) throw new RangeError(`Expected a finite coordinate but received ${value}`);
  return String(Number(value.toFixed(digits)) + 0);
}

/** JSON that can stand in an HTML script element of type application/json, whatever its strings hold. */
export function embeddedJson(value: unknown): Markup {
  const escaped = JSON.stringify(value ?? null, (_, entry: unknown) =>
    typeof entry === 'string' ? clean(entry) : entry,
  );
  return escaped.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  ) as Markup;
}

/** A style sheet of our own as markup; it may hold no user text. */
export function styleSheet(css: string): Markup {
  if (css.includes('<')) throw new RangeError('Expected a style sheet without `<`');
  return css as Markup;
}

/** A script of our own as markup; it may hold no user text, nor anything that ends or hides a script element. */
export function ownScript(source: string): Markup {
  if (/<\/script|<!--|<script/i.test(source))
    throw new RangeError('Expected a script without tags of scripts');
  return source as Markup;
}
