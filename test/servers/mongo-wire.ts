import { deserialize, serialize } from 'bson';
import type { Socket } from 'node:net';

export type BsonDocument = Record<string, unknown>;

/** What a connection is answered: a document, or its end. */
export type Reply = BsonDocument | 'cut';

/** Answers the messages of one connection in turn: OP_MSG, and the OP_QUERY of a driver's first hello. */
export async function serveConnection(socket: Socket, answer: (command: BsonDocument) => Promise<Reply>): Promise<void> {
  try {
    for await (const message of messagesOf(socket)) {
      const request = parseMessage(message);
      const reply = await answer(request.command);
      if (reply === 'cut') return;
      if (request.answered) socket.write(request.encode(reply));
    }
  } catch (error) {
    if (!socket.destroyed) throw error; // it was reset, which is the client's right
  } finally {
    socket.destroy();
  }
}

async function* messagesOf(socket: Socket): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0);
  for await (const chunk of socket) {
    held = Buffer.concat([held, chunk as Buffer]);
    for (let length = lengthOf(held); length <= held.length; length = lengthOf(held)) {
      yield held.subarray(0, length);
      held = held.subarray(length);
    }
  }
}

const lengthOf = (held: Buffer) => (held.length < HEADER ? Number.POSITIVE_INFINITY : held.readInt32LE(0));

interface Request {
  readonly command: BsonDocument;
  /** Not when the client waits for no reply, as with w: 0. */
  readonly answered: boolean;
  encode(reply: BsonDocument): Buffer;
}

function parseMessage(message: Buffer): Request {
  const id = message.readInt32LE(4);
  const opcode = message.readInt32LE(12);
  if (opcode === OP_MSG) {
    const command = parseSections(message.subarray(HEADER + 4));
    return {
      command,
      answered: (message.readUInt32LE(HEADER) & MORE_TO_COME) === 0,
      encode: (reply) => frame(id, OP_MSG, bodyOf(reply)),
    };
  }
  if (opcode === OP_QUERY) {
    const name = message.indexOf(0, HEADER + 4);
    const command = parseDocument(message.subarray(name + 9)); // after the numbers to skip and to return
    return { command, answered: true, encode: (reply) => frame(id, OP_REPLY, firstReply(reply)) };
  }
  throw new Error(`opcode ${opcode} is not served`);
}

/** The body of a command, with its document sequences as the arrays that they stand for. */
function parseSections(sections: Buffer): BsonDocument {
  let command: BsonDocument = {};
  const sequences: Record<string, BsonDocument[]> = {};
  for (let at = 0; at < sections.length;) {
    const kind = sections.readUInt8(at);
    const section = sections.subarray(at + 1, at + 1 + sections.readInt32LE(at + 1));
    if (kind === 0) command = parseDocument(section);
    else {
      const end = section.indexOf(0, 4);
      sequences[section.toString('utf8', 4, end)] = parseDocuments(section.subarray(end + 1));
    }
    at += 1 + section.length;
  }
  return { ...command, ...sequences };
}

function parseDocuments(bytes: Buffer): BsonDocument[] {
  const documents: BsonDocument[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readInt32LE(at)) documents.push(parseDocument(bytes.subarray(at)));
  return documents;
}

const parseDocument = (bytes: Buffer): BsonDocument => deserialize(bytes.subarray(0, bytes.readInt32LE(0)));

/** No flags, and one section that is the body. */
const bodyOf = (reply: BsonDocument) => Buffer.concat([Buffer.alloc(5), serialize(reply)]);

/** No flags and no cursor, from the first document, of which there is one. */
function firstReply(reply: BsonDocument): Buffer {
  const before = Buffer.alloc(20);
  before.writeInt32LE(1, 16);
  return Buffer.concat([before, serialize(reply)]);
}

function frame(answers: number, opcode: number, content: Buffer): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeInt32LE(HEADER + content.length, 0);
  header.writeInt32LE(answers, 8);
  header.writeInt32LE(opcode, 12);
  return Buffer.concat([header, content]);
}

const HEADER = 16;
const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const MORE_TO_COME = 2;
