/** A JSON value whose texts may have placeholders in them. */
export type Template = unknown;

export type Scalar = string | number | boolean | null;

/** What a placeholder may stand for, by its name. */
export type Values = ReadonlyMap<string, Scalar>;

/** `{{title}}`, `{{data.order}}`: a name and nothing else, since nothing is calculated. */
const placeholder = /\{\{([^{}]*)\}\}/g;
const wholePlaceholder = /^\{\{([^{}]*)\}\}$/;

/**
 * The template with its placeholders filled in, as data: it becomes JSON afterwards, so that no value can change the shape.
 * A text that is one placeholder becomes the value itself, a number a number; a property whose value is not there is left
 * out, and in a list it is null. What a value says is not looked at for placeholders again.
 */
export function filled(template: Template, values: Values): unknown {
  if (typeof template === 'string') return filledText(template, values);
  if (Array.isArray(template)) return template.map((item) => filled(item, values) ?? null);
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(
    Object.entries(template).flatMap(([key, item]) => {
      const value = filled(item, values);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

function filledText(text: string, values: Values): Scalar | undefined {
  const whole = wholePlaceholder.exec(text)?.[1];
  if (whole !== undefined) return values.get(whole.trim());
  return text.replaceAll(placeholder, (_all, name: string) => String(values.get(name.trim()) ?? ''));
}

/** The names of all placeholders, each once. */
export function placeholdersIn(template: Template): readonly string[] {
  const names = new Set<string>();
  const look = (node: unknown): void => {
    if (typeof node === 'string') for (const [, name = ''] of node.matchAll(placeholder)) names.add(name.trim());
    else if (typeof node === 'object' && node !== null) for (const item of Object.values(node)) look(item);
  };
  look(template);
  return [...names];
}

const plainNames: readonly string[] = ['title', 'body', 'url', 'notification', 'delivery', 'kind'];
/** What a caller names its own values by. */
export const dataName = /^[A-Za-z0-9_-]{1,64}$/;

/** Whether a placeholder has a meaning at all; what `data` has, only a message tells. */
export function isKnownPlaceholder(name: string): boolean {
  return plainNames.includes(name) || (name.startsWith('data.') && dataName.test(name.slice('data.'.length)));
}
