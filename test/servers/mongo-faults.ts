import type { BsonDocument, Reply } from './mongo-wire.ts';

export type Fault = AskedFor & (Failure | Doubt);

export interface AskedFor {
  readonly command: string;
  readonly collection?: string;
  /** Once, unless it is said. */
  readonly times?: number;
}

export interface Failure {
  /** Whether the command was applied when it failed. */
  readonly when: 'before' | 'after';
  /** `cut` ends the connection, `hang` answers nothing. */
  readonly how: ServerError | 'cut' | 'hang';
}

/** The command was applied, but whether that will hold is not known: the reply has a WriteConcernFailed (64) besides. */
interface Doubt {
  readonly when: 'after';
  readonly how: 'writeConcernError';
}

/** 11000 is answered as the write's own error, every other instead of the reply. */
export interface ServerError {
  readonly code: number;
  readonly codeName: string;
  /** Else RetryableWriteError where a server gives that: a write that has a transaction number, and a code that says that the primary changes. */
  readonly labels?: readonly string[];
}

/** What a fault answers, given the reply where the command was applied. */
export async function failed(
  how: Fault['how'],
  { name, txnNumber }: { readonly name: string; readonly txnNumber: number | undefined },
  reply?: BsonDocument,
): Promise<Reply> {
  if (how === 'cut') return how;
  if (how === 'hang') return new Promise<never>(() => {});
  if (how === 'writeConcernError') return { ...reply, writeConcernError: NOT_REPLICATED };
  const { code, codeName, labels = txnNumber !== undefined && RETRYABLE.has(code) ? ['RetryableWriteError'] : [] } = how;
  const error = { code, errmsg: `${codeName}, as the test has it` };
  if (code === 11000 && WRITES.has(name)) return { n: 0, writeErrors: [{ index: 0, ...error }], ok: 1 };
  return { ok: 0, ...error, codeName, ...(labels.length > 0 && { errorLabels: labels }) };
}

const WRITES = new Set(['insert', 'update', 'delete']);

/** What a server calls retryable of the codes here: ShutdownInProgress, PrimarySteppedDown, NotWritablePrimary, InterruptedDueToReplStateChange. */
const RETRYABLE = new Set([91, 189, 10107, 11602]);

const NOT_REPLICATED = {
  code: 64,
  codeName: 'WriteConcernFailed',
  errmsg: 'waiting for replication timed out',
  errInfo: { wtimeout: true },
};
