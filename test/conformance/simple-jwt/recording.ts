import { readFileSync } from 'node:fs';

/** A decoded token as the recorder noted it. */
export interface RecordedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: unknown;
}

/** One step of a group: what was sent to the real server, and what it said. */
export interface Scenario {
  readonly id: string;
  readonly group: string;
  readonly name: string;
  readonly kind: 'http' | 'control' | 'boot';
  readonly settings: Readonly<Record<string, unknown>>;
  readonly now: number;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly raw_body?: string;
    readonly raw_body_base64?: string;
    readonly tokens?: Readonly<Record<string, RecordedToken>>;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
    readonly tokens?: Readonly<Record<string, RecordedToken>>;
    /** A 5xx: an upstream bug, not behaviour to copy. */
    readonly server_error?: string;
  };
}

export interface RecordedUser {
  readonly id: number;
  readonly username: string;
  readonly password: string;
  readonly is_active: boolean;
  readonly is_staff?: boolean;
}

export interface Recording {
  readonly meta: {
    readonly users: readonly RecordedUser[];
    readonly signing_key_unless_settings_say_otherwise: string;
    readonly versions: { readonly simplejwt: string };
  };
  readonly scenarios: readonly Scenario[];
}

/** Reads a recording from `parity/`, copied here as it was. */
export function readRecording(name: 'simple-jwt' | 'token-families'): Recording {
  return JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8')) as Recording;
}

/** The groups of a recording: independent of each other, each in order. */
export function groupsOf({ scenarios }: Recording): ReadonlyMap<string, readonly Scenario[]> {
  const groups = new Map<string, Scenario[]>();
  for (const scenario of scenarios) groups.set(scenario.group, [...(groups.get(scenario.group) ?? []), scenario]);
  return groups;
}

/** The claims of the token that was presented, where one was and could be decoded. */
export function presentedClaims({ request }: Scenario): Readonly<Record<string, unknown>> | undefined {
  const [token] = Object.values(request.tokens ?? {});
  const claims = token?.payload;
  return typeof claims === 'object' && claims !== null && !Array.isArray(claims)
    ? (claims as Readonly<Record<string, unknown>>)
    : undefined;
}
