/** What the build makes of the module's exports: for the type checker only, not shipped. */
export {};

/** Every argument is checked inside. */
type Unchecked = unknown;

export interface RawTree {
  readonly revision: unknown;
  get(uri: Unchecked): unknown;
  set(uri: Unchecked, data: Unchecked, options: Unchecked): unknown;
  remove(uri: Unchecked): unknown;
  entries(uri: Unchecked): unknown;
  changes(since: Unchecked): unknown;
  accounts(): unknown;
  instances(moid: Unchecked): unknown;
  forgetServer(serverId: Unchecked): unknown;
  subscriptions(): unknown;
  due(options: Unchecked): unknown;
  told(serverId: Unchecked, uri: Unchecked, answer: Unchecked): unknown;
  defaultSource(moid: Unchecked): unknown;
  save(since: Unchecked): unknown;
  free(): void;
}
export interface RawServerSession {
  receive(message: Unchecked, account: Unchecked, env: Unchecked): unknown;
  push(command: Unchecked): unknown;
  cancel(command: Unchecked): unknown;
  answer(alert: Unchecked, status: Unchecked): unknown;
  respond(env: Unchecked): unknown;
  finish(): void;
  abort(reason: Unchecked): unknown;
  save(stored: Unchecked): unknown;
  free(): void;
}
export interface RawClientSession {
  readonly uiMode: unknown;
  notify(body: Unchecked, options: Unchecked, env: Unchecked): unknown;
  raise(alert: Unchecked): unknown;
  send(tree: RawTree, env: Unchecked): unknown;
  receive(tree: RawTree, message: Unchecked, env: Unchecked): unknown;
  complete(tree: RawTree, ticket: Unchecked, outcome: Unchecked): unknown;
  abort(reason: Unchecked): unknown;
  save(stored: Unchecked): unknown;
  free(): void;
}

/** The exports of one instance. An error is thrown as a plain object. */
export interface Raw {
  peek(message: Unchecked): unknown;
  decode(input: Unchecked, limits: Unchecked): unknown;
  /** The member `error` is an error as a plain object. */
  inspect(input: Unchecked, limits: Unchecked): unknown;
  encode(document: Unchecked, options: Unchecked): unknown;
  encodeNotification(notification: Unchecked, account: Unchecked, options: Unchecked, env: Unchecked): unknown;
  verifyNotification(body: Unchecked, account: Unchecked, options: Unchecked, env: Unchecked): unknown;
  encodePush(message: Unchecked, options: Unchecked): unknown;
  decodePush(octets: Unchecked): unknown;
  RawTree: {
    new (source: Unchecked, limits: Unchecked): RawTree;
    restore(full: Unchecked, deltas: Unchecked, limits: Unchecked): RawTree;
  };
  RawServerSession: {
    new (config: Unchecked): RawServerSession;
    restore(saved: Unchecked, config: Unchecked): RawServerSession;
  };
  RawClientSession: {
    new (config: Unchecked, trigger: Unchecked, env: Unchecked): RawClientSession;
    restore(saved: Unchecked, config: Unchecked): RawClientSession;
  };
}

/** A new instance of the module, with glue of its own. `watch` stands between the glue and the exports. */
export function instantiate(
  module: WebAssembly.Module,
  watch: (exports: WebAssembly.Exports) => Record<string, WebAssembly.ExportValue>,
): Raw;
