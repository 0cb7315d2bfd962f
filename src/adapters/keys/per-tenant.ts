import { ownOptions } from '../../application/option-names.ts';
import { ConfigError } from '../../domain/errors.ts';

export interface PerTenantOptions {
  /** Most tenants whose part is kept; the one used longest ago is forgotten first (1000). */
  readonly maxTenants?: number;
}

/**
 * Makes a part once for each tenant and keeps it: a verifier with the tenant's own issuer, audience and keys, or a whole token service. `make` answers
 * undefined for a tenant there is not, which is not remembered. A part that is forgotten is not closed, for somebody may be using it.
 */
export function perTenant<Part extends object>(
  make: (tenant: string) => Part | undefined,
  options: PerTenantOptions = {},
): (tenant: string) => Part | undefined {
  const { maxTenants = 1000 } = ownOptions(options, ['maxTenants']);
  if (typeof make !== 'function') throw new ConfigError('invalid_option', 'make', 'make must be a function from tenant to part');
  if (!Number.isInteger(maxTenants) || maxTenants < 1)
    throw new ConfigError('invalid_option', 'maxTenants', 'maxTenants must be a whole number of at least 1');
  const parts = new Map<string, Part>();
  return function partOf(tenant) {
    const part = parts.get(tenant) ?? make(tenant);
    if (part === undefined) return undefined;
    parts.delete(tenant);
    parts.set(tenant, part); // the last is the one used last
    for (const oldest of parts.keys()) {
      if (parts.size <= maxTenants) break;
      parts.delete(oldest);
    }
    return part;
  };
}
