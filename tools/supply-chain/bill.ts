import { createHash } from 'node:crypto';

/** A package of ours under its package URL, and those of what it needs when it runs. */
export interface OwnPackage {
  readonly ref: string;
  readonly dependsOn: readonly string[];
}

/** A CycloneDX document, as much of it as is looked at; the rest is kept as it is. */
export interface Bill {
  readonly serialNumber?: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

export interface Component {
  readonly 'bom-ref': string;
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly LicenceChoice[];
  readonly hashes?: readonly unknown[];
  readonly externalReferences?: readonly Reference[];
}

type LicenceChoice =
  | { readonly license: { readonly id?: string; readonly name?: string } }
  | { readonly expression: string };

interface Reference {
  readonly type: string;
  readonly url: string;
  readonly hashes?: readonly unknown[];
}

/**
 * The same bill for the same packages, whoever makes it and whenever: no time, no random number, no registry; sorted. What is
 * left of where a package came from is its hash, by which it is known anywhere. What packages of ours depend on is told by
 * their own manifests: pnpm ascribes it now to them and now to the root.
 */
export function settledBill(bill: Bill, ours: readonly OwnPackage[]): Bill {
  const { timestamp: _, ...metadata } = bill.metadata;
  const byRef = <Item>(items: readonly Item[], ref: (item: Item) => string) =>
    items.toSorted((a, b) => (ref(a) < ref(b) ? -1 : 1));
  const { serialNumber: _random, ...rest } = bill;
  const known = new Set(bill.components.map((component) => component['bom-ref']));
  const told = new Map(ours.map((own) => [own.ref, own.dependsOn.filter((ref) => known.has(ref))]));
  const settled = {
    ...rest,
    metadata,
    components: byRef(bill.components.map(settledComponent), (component) => component['bom-ref']),
    dependencies: byRef(
      bill.dependencies.map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: (told.get(ref) ?? dependsOn).toSorted() })),
      ({ ref }) => ref,
    ),
  };
  return { ...settled, serialNumber: serialNumberOf(JSON.stringify(settled)) };
}

function settledComponent({ externalReferences = [], ...component }: Component): Component {
  const hashes = externalReferences.filter(({ type }) => type === 'distribution').flatMap((each) => each.hashes ?? []);
  const references = externalReferences.filter(({ type }) => type !== 'distribution');
  return {
    ...component,
    ...(hashes.length > 0 && { hashes }),
    ...(references.length > 0 && { externalReferences: references }),
  };
}

/** A name-based UUID (RFC 9562, version 8) of what the bill says. */
function serialNumberOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return `urn:uuid:${parts.join('-')}`;
}
