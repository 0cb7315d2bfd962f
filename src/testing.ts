export { clockContract, type ClockContractOptions } from './testing/clock-contract.ts';
export { cryptoContract, type CryptoContractOptions } from './testing/crypto-contract.ts';
export type { ContractKeys } from './testing/crypto-promises.ts';
export { eventsContract, type EventsContractOptions } from './testing/events-contract.ts';
export { fakeClock, type FakeClock } from './testing/fake-clock.ts';
export { keySourceContract, type KeySourceContractOptions } from './testing/key-source-contract.ts';
export type { TestRunner } from './testing/promised.ts';
export { storageContract, type StorageContractOptions } from './testing/storage-contract.ts';
export { usersContract, type UsersContractOptions } from './testing/users-contract.ts';
