import { createHmac, randomBytes } from 'node:crypto';
import { ConfigError, TokenError, verifyCompact, type KeySource } from 'simplejwt/jws';
import { describe, expect, it } from 'vitest';

const key = randomBytes(32);
const options = { algorithms: ['HS256'], key } as const;

function jws(payload: Uint8Array | string, header: object = { alg: 'HS256' }): string {
  const input = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${Buffer.from(payload).toString('base64url')}`;
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
}

function code(attempt: () => unknown): unknown {
  try {
    attempt();
  } catch (error) {
    if (error instanceof TokenError || error instanceof ConfigError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('verifyCompact', () => {
  it.each<[string, Uint8Array | string]>([
    ['text', 'It\u2019s a dangerous business, Frodo'],
    ['nothing', ''],
    ['octets', Uint8Array.of(0, 255, 128, 1)],
    ['a list', '[1,2]'],
    ['expired claims', '{"exp":1}'],
  ])('answers any payload as octets: %s', (_, payload) => {
    const answer = verifyCompact(jws(payload, { alg: 'HS256', typ: 'x', kid: 'y', more: [1] }), options);
    expect(Buffer.from(answer.payload)).toEqual(Buffer.from(payload));
    expect(answer.header).toEqual({ alg: 'HS256', typ: 'x', kid: 'y', more: [1] });
  });

  it.each<[string, string, string]>([
    ['another algorithm', jws('x', { alg: 'HS512' }), 'algorithm'],
    ['none', jws('x', { alg: 'none' }), 'algorithm'],
    ['crit', jws('x', { alg: 'HS256', crit: ['b64'], b64: true }), 'malformed'],
    ['an unencoded payload', jws('x', { alg: 'HS256', crit: ['b64'], b64: false }), 'malformed'],
    ['a nested JWT', jws('x', { alg: 'HS256', cty: 'JWT' }), 'malformed'],
    ['another payload', jws('x').replace(/\.[^.]+\./, '.eQ.'), 'signature'],
    ['a detached payload', jws('x').replace(/\.[^.]+\./, '..'), 'signature'],
    ['padding', `${jws('x')}=`, 'malformed'],
    ['no token', '', 'malformed'],
  ])('refuses %s', (_, token, expected) => {
    expect(code(() => verifyCompact(token, options))).toBe(expected);
  });

  it('refuses options that it would not look at', () => {
    const asJwt = { ...options, issuer: 'https://issuer.example' };
    expect(code(() => verifyCompact(jws('{}'), asJwt))).toBe('unknown_option');
  });

  it('refuses what is longer than it was told to look at', () => {
    expect(code(() => verifyCompact(jws('x'.repeat(8192)), options))).toBe('malformed');
    expect(code(() => verifyCompact(jws('x'.repeat(8192)), { ...options, maxTokenBytes: 16_384 }))).toBe('accepted');
  });

  it('rejects instead of throwing where keys need time', async () => {
    const source: KeySource = { candidates: () => [] };
    const answer = verifyCompact(jws('x'), { algorithms: ['HS256'], key: source });
    expect(answer).toBeInstanceOf(Promise);
    await expect(answer).rejects.toMatchObject({ code: 'key_unknown' });
    await expect(verifyCompact('x', { algorithms: ['HS256'], key: source })).rejects.toMatchObject({ code: 'malformed' });
  });
});
