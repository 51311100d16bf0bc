import type { Digest, SearchTerm } from '../search-terms.ts';
import type { OpeningVault, Vault } from './vault.ts';

/** How a store keeps what it knows of people from whoever reads its files: hashed with a key where it must be found, else sealed. */
export interface Secrecy {
  readonly term: SearchTerm;
  readonly digest: Digest;
  readonly vault: Vault;
}

/** The same for readers. */
export interface ReadingSecrecy {
  readonly term: SearchTerm;
  readonly digest: Digest;
  readonly vault: OpeningVault;
}
