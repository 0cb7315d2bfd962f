/** Made with OpenSSL 3: what node:crypto cannot write. The keys are of no use to anybody. */

/** A self-signed certificate. */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBfjCCASOgAwIBAgIUHV8dlBNuNho2CGpNSjSWnEG8yWgwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJc2ltcGxland0MB4XDTI2MTEyMTIxMDkwMVoXDTM2MTExODIx
MDkwMVowFDESMBAGA1UEAwwJc2ltcGxland0MFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAET2d0Jq/2HzHcIbTpyn6gZY/EM4v/4aFghOfa5sY8dkcZaCDTRK1ikCUo
9L6ExgE/xhorwF6Kt3N5TnNWOO6uuaNTMFEwHQYDVR0OBBYEFPxY7r7MqRY+8q0f
ViODu1pvTtmnMB8GA1UdIwQYMBaAFPxY7r7MqRY+8q0fViODu1pvTtmnMA8GA1Ud
EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAPrsXbM1/w0fYmtmkpKWFbIC
HyDVxt7rUOCJ7yoW6h/CAiEA7KX1UszneAxMh3JeDpBdTK3OCQQvOUAlQQA8mbTu
LgU=
-----END CERTIFICATE-----
`;

/** The public key in it. */
export const CERTIFIED_KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAET2d0Jq/2HzHcIbTpyn6gZY/EM4v/
4aFghOfa5sY8dkcZaCDTRK1ikCUo9L6ExgE/xhorwF6Kt3N5TnNWOO6uuQ==
-----END PUBLIC KEY-----
`;

/** An EC key whose curve is spelt out instead of named (RFC 5480 section 2.1.1 forbids it). */
export const EXPLICIT_PARAMETERS = `-----BEGIN EC PRIVATE KEY-----
MIIBaAIBAQQgYMZ4Rt0koSUrnMRckS30pj/xCHgoERUuWchpfICubcKggfowgfcC
AQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAAAAAAAAAAAAAA////////////////
MFsEIP////8AAAABAAAAAAAAAAAAAAAA///////////////8BCBaxjXYqjqT57Pr
vVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMVAMSdNgiG5wSTamZ44ROdJreBn36QBEEE
axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54W
K84zV2sxXs7LtkBoN79R9QIhAP////8AAAAA//////////+85vqtpxeehPO5ysL8
YyVRAgEBoUQDQgAET2d0Jq/2HzHcIbTpyn6gZY/EM4v/4aFghOfa5sY8dkcZaCDT
RK1ikCUo9L6ExgE/xhorwF6Kt3N5TnNWOO6uuQ==
-----END EC PRIVATE KEY-----
`;

/** A public key with a compressed point. */
export const COMPRESSED_POINT = `-----BEGIN PUBLIC KEY-----
MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgADT2d0Jq/2HzHcIbTpyn6gZY/EM4v/
4aFghOfa5sY8dkc=
-----END PUBLIC KEY-----
`;

/** What `openssl ecparam -genkey` writes: two blocks. */
export const WITH_EC_PARAMETERS = `-----BEGIN EC PARAMETERS-----
BggqhkjOPQMBBw==
-----END EC PARAMETERS-----
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIPy6XsfQmVu1cjceZOllgCY2cIh1jvKrUX2LqfSFxNIHoAoGCCqGSM49
AwEHoUQDQgAEGCATOGxspDMfmnZo8Hj6Mtylg1yPUCM7nblY4qkATHFuVRMRdfDW
WgB+SAMu6pV4zLsGsk2qmI9PENGSZcWBLQ==
-----END EC PRIVATE KEY-----
`;
