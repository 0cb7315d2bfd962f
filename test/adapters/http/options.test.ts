import { expect, it } from 'vitest';
import * as fetchAdapter from '../../../src/adapters/http/fetch.ts';
import * as nodeAdapter from '../../../src/adapters/http/node.ts';
import { fakeService } from './fake-service.ts';

const ADAPTERS = { fetch: fetchAdapter, node: nodeAdapter };

it.each<[keyof typeof ADAPTERS, keyof typeof fetchAdapter, object, string]>(
  (['fetch', 'node'] as const).flatMap((adapter) => [
    [adapter, 'createTokenHandler', { basepath: '/auth' }, 'basepath'],
    [adapter, 'createTokenHandler', { protectedPath: '/mine' }, 'protectedPath'],
    [adapter, 'createServiceHandler', { protectedpath: '/mine' }, 'protectedpath'],
    [adapter, 'createServiceHandler', { mode: 'optional' }, 'mode'],
    [adapter, 'createGuard', { modes: 'optional' }, 'modes'],
    [adapter, 'createGuard', { basePath: '/auth' }, 'basePath'],
  ]),
)('http/%s: %s refuses %j', (adapter, factory, options, option) => {
  expect(() => ADAPTERS[adapter][factory](fakeService().service, options)).toThrow(
    expect.objectContaining({ name: 'ConfigError', code: 'unknown_option', option }),
  );
});

it.each(['fetch', 'node'] as const)('http/%s takes every option it has', (adapter) => {
  const { createTokenHandler, createServiceHandler, createGuard } = ADAPTERS[adapter];
  const { service } = fakeService();
  const common = { onError: () => undefined, context: () => ({}) };
  createTokenHandler(service, { ...common, basePath: '/auth' });
  createServiceHandler(service, { ...common, basePath: '/auth', protectedPath: '/mine' });
  createGuard(service, { ...common, mode: 'optional' });
});
