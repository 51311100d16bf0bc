import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';

const googleTokenUri = 'https://oauth2.googleapis.com/token';

/** The file that the Google Cloud console hands out as a key of a service account. Google adds fields as it likes. */
const fileSchema = z.looseObject({
  type: z.literal('service_account'),
  project_id: z.string().regex(/^[a-z0-9][a-z0-9.:-]*$/),
  client_email: z.email(),
  private_key: z.string().refine(isRsaKey, 'private_key is no RSA key in PEM form'),
  private_key_id: z.string().min(1).optional(),
  token_uri: z.url({ protocol: /^https$/ }).default(googleTokenUri),
});

export interface ServiceAccount {
  readonly projectId: string;
  readonly clientEmail: string;
  /** PEM. */
  readonly privateKey: string;
  readonly keyId: string | null;
  readonly tokenUri: string;
}

/** The JSON text of a service account's key file, as `{ file: ./service-account.json }` brings it. Messages never quote it. */
export const serviceAccountText = z.string().superRefine((text, context) => {
  const read = readFile(text);
  if (!read.ok) context.addIssue({ code: 'custom', message: read.fault });
});

/** Reads what `serviceAccountText` has let through. */
export function serviceAccountOf(text: string): ServiceAccount {
  const read = readFile(text);
  if (!read.ok) throw new Error(read.fault);
  const { project_id, client_email, private_key, private_key_id, token_uri } = read.file;
  return {
    projectId: project_id,
    clientEmail: client_email,
    privateKey: private_key,
    keyId: private_key_id ?? null,
    tokenUri: token_uri,
  };
}

type FileReading =
  | { readonly ok: true; readonly file: z.infer<typeof fileSchema> }
  | { readonly ok: false; readonly fault: string };

function readFile(text: string): FileReading {
  const json = jsonOf(text);
  if (json === undefined)
    return { ok: false, fault: 'serviceAccount is not JSON: give it as { file: ./service-account.json }' };
  const parsed = fileSchema.safeParse(json);
  if (parsed.success) return { ok: true, file: parsed.data };
  const fields = [...new Set(parsed.error.issues.map(({ path }) => path.join('.') || 'the whole file'))];
  return { ok: false, fault: `serviceAccount is no key file of a service account; look at ${fields.join(', ')}` };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
