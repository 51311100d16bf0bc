/** The JSON object that a body is; null when it is anything else, such as the page of a proxy. */
export function recordIn(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

/** The first of these fields that is a text; '' when none is. */
export function textIn(record: Readonly<Record<string, unknown>>, ...keys: readonly string[]): string {
  return keys.map((key) => record[key]).find((value) => typeof value === 'string') ?? '';
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
