/** Rings in a graph of imports, at least one of every tangle, each written once and from its first name on: `a`, `b`, `a`. */
export function cyclesOf(graph: ReadonlyMap<string, ReadonlySet<string>>): readonly (readonly string[])[] {
  const done = new Set<string>();
  const path: string[] = [];
  const cycles = new Map<string, readonly string[]>();
  const walk = (file: string): void => {
    const start = path.indexOf(file);
    if (start >= 0) {
      const ring = fromFirstName(path.slice(start));
      cycles.set(ring.join(), [...ring, ...ring.slice(0, 1)]);
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const target of graph.get(file) ?? []) walk(target);
    path.pop();
    done.add(file);
  };
  for (const file of [...graph.keys()].sort()) walk(file);
  return [...cycles.values()];
}

function fromFirstName(ring: readonly string[]): readonly string[] {
  const first = ring.indexOf([...ring].sort()[0] ?? '');
  return [...ring.slice(first), ...ring.slice(0, first)];
}
