import { Session, type Runtime } from 'node:inspector';

/** Every string an object holds, private members included: what somebody with a core dump reads. */
export function stringsIn(value: object): ReadonlySet<string> {
  const session = new Session();
  session.connect();
  const strings = new Set<string>();
  Reflect.set(globalThis, HOLDER, value);
  try {
    const { result } = ask(session, 'Runtime.evaluate', { expression: `globalThis.${HOLDER}` }) as Runtime.EvaluateReturnType;
    walk(session, result, strings, 0);
  } finally {
    Reflect.deleteProperty(globalThis, HOLDER);
    session.disconnect();
  }
  return strings;
}

function walk(session: Session, object: Runtime.RemoteObject | undefined, strings: Set<string>, depth: number): void {
  if (typeof object?.value === 'string') strings.add(object.value);
  if (object?.objectId === undefined || object.type === 'function' || depth > DEEPEST) return;
  const parameters = { objectId: object.objectId, ownProperties: true };
  const {
    result,
    privateProperties = [],
    internalProperties = [],
  } = ask(session, 'Runtime.getProperties', parameters) as Properties;
  const own = result.filter(({ name }) => name !== '__proto__');
  for (const { name } of own) strings.add(name);
  const entries = internalProperties.filter(({ name }) => name === '[[Entries]]'); // of a Map or a Set
  for (const member of [...own, ...privateProperties, ...entries]) walk(session, member.value, strings, depth + 1);
}

/** A session on its own thread answers before `post` returns. */
function ask(session: Session, method: string, parameters: object): object {
  const answers: object[] = [];
  session.post(method, parameters, (error: Error | null, answer?: object) => {
    if (error !== null) throw error;
    answers.push(answer ?? {});
  });
  const [answer] = answers;
  if (answer === undefined) throw new Error(`${method} was not answered`);
  return answer;
}

/** V8's protocol has more than the typings know. */
type Properties = Runtime.GetPropertiesReturnType & {
  readonly privateProperties?: readonly { readonly value?: Runtime.RemoteObject }[];
};

const HOLDER = 'simplejwtDump';
const DEEPEST = 14;
