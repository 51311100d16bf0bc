/**
 * A self-signed certificate for 127.0.0.1, valid from 2020 to 2120, and its key. The key is public knowledge: it proves
 * nothing and is for tests on the loopback interface only.
 */
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBcDCCARWgAwIBAgIBATAKBggqhkjOPQQDAjAYMRYwFAYDVQQDDA1wb3N0aG9y
biB0ZXN0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAYMRYwFAYD
VQQDDA1wb3N0aG9ybiB0ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE12nx
+CE4hPONt+/tlZkJEekm1aHabKodXF/aL9E7dIIDvHMZSVIKuNcLEKltjZZNoE5S
NLjocfAjOYW8ZvmR7aNOMEwwGgYDVR0RBBMwEYcEfwAAAYIJbG9jYWxob3N0MA8G
A1UdEwEB/wQFMAMBAf8wHQYDVR0OBBYEFDJfhTEnIrCzmdC7EHHRbP5Hq9tEMAoG
CCqGSM49BAMCA0kAMEYCIQCtgwytMqOw+afviBZzw7eSI/xlxmI1kXig2QCXIDtw
rAIhANEeoDghQ//jUF+biT4KCOVFNGkRSJqHiRbkwe+UpYkN
-----END CERTIFICATE-----`;

export const certificateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgdB3xNDIDnUMxy+oO
Fn6eYvzWN1GXd03IFOtooWF5F1yhRANCAATXafH4ITiE84237+2VmQkR6SbVodps
qh1cX9ov0Tt0ggO8cxlJUgq41wsQqW2Nlk2gTlI0uOhx8CM5hbxm+ZHt
-----END PRIVATE KEY-----`;
