/** The suites over a token service in which a provider has a part; those about settings, stores and observers would only take time. */
export async function registerServiceSuites(): Promise<void> {
  await import('../claims-hook.test.ts');
  await import('../composition.test.ts');
  await import('../concurrent-refresh.test.ts');
  await import('../fingerprint.test.ts');
  await import('../obtain.test.ts');
  await import('../refresh.test.ts');
  await import('../revoke.test.ts');
  await import('../rotation.test.ts');
  await import('../service-keys.test.ts');
  await import('../verify.test.ts');
}
