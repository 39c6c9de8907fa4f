/**
 * The control socket: how operator commands from the shell reach the running server, and the way back.
 *
 * A Unix socket named `control` in the data folder, mode 0600, so that who may use it is who owns the folder. One
 * line of JSON in, `{"words":"approve ann","by":"root"}`, one line out, `{"isDone":true,"lines":["…"]}`, and the
 * connection ends. A password that the words are about is apart from them, `"secret"` in base64, and a `Secret` on
 * both ends. Requests are bounded in size, number and time. On Windows there is none: a named pipe could be
 * opened by other users of the machine.
 */
import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { createServer, connect as connectSocket, type Server, type Socket } from "node:net";
import { failed, ok, type Result } from "../../base/result.ts";
import { Secret } from "../../base/secret.ts";
import { secondMs } from "../../base/time.ts";
import { hasControls } from "../../protocol/text.ts";
import { type OperatorAnswer } from "../../server/outside.ts";
import { describeError, errorCode } from "../command-line/exit.ts";

export interface ControlRequest {
  readonly words: string;
  /** Who says it: the name of the user of the machine. */
  readonly by: string;
  /** A password that the words are about. */
  readonly secret?: Secret | undefined;
}

export type ControlHandler = (
  request: ControlRequest,
  answered: (answer: OperatorAnswer) => void,
) => void;

const requestBytesMax = 16 * 1024;
const answerBytesMax = 4 * 1024 * 1024;
const connectionsMax = 16;
const requestWithinMs = 5 * secondMs;
/** The server answers its own questions within 30 s. */
const answerWithinMs = 40 * secondMs;
/** sockaddr_un: 108 bytes on Linux, 104 elsewhere, one of them for the end. */
const pathBytesMax = process.platform === "linux" ? 107 : 103;

/** Why there can be no socket at this path, or undefined. */
export function controlPathProblem(path: string): string | undefined {
  if (process.platform === "win32") return "there is no control socket on Windows";
  const bytes = Buffer.byteLength(path);
  if (bytes <= pathBytesMax) return undefined;
  return `the path of the control socket, ${path}, has ${bytes} bytes; ${pathBytesMax} are possible`;
}

export interface ControlSocket {
  /** Takes no more requests and removes the socket. */
  close(): void;
}

/** Opens the socket, in the place of one that a server left behind; the caller holds the folder's lock. */
export async function openControlSocket(
  path: string,
  handler: ControlHandler,
): Promise<Result<ControlSocket>> {
  const problem = controlPathProblem(path) ?? removeStale(path);
  if (problem !== undefined) return failed(problem);
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    if (connections.size >= connectionsMax) {
      socket.destroy();
      return;
    }
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
    serve(socket, handler);
  });
  try {
    await listening(server, path);
    chmodSync(path, 0o600);
  } catch (error) {
    server.close();
    return failed(`the control socket cannot be opened: ${describeError(error)}`);
  }
  return ok({
    close(): void {
      server.close();
      for (const socket of connections) socket.destroy();
    },
  });
}

/** Asks the running server; `not-running` when nobody listens there. */
export function askServer(
  path: string,
  request: ControlRequest,
): Promise<Result<OperatorAnswer, "not-running" | { readonly problem: string }>> {
  return new Promise((resolve) => {
    const problem = (text: string): void => resolve(failed({ problem: text }));
    const socket = connectSocket({ path });
    socket.setTimeout(answerWithinMs, () => {
      problem("the server does not answer");
      socket.destroy();
    });
    socket.on("error", (error) => {
      const isNobody = ["ENOENT", "ECONNREFUSED"].includes(errorCode(error));
      if (isNobody) resolve(failed("not-running"));
      else problem(describeError(error));
    });
    readLine(socket, answerBytesMax, (line) => {
      const answer = line === undefined ? undefined : parseAnswer(line);
      if (answer === undefined) problem("the server's answer makes no sense");
      else resolve(ok(answer));
      socket.destroy();
    });
    socket.on("close", () => problem("the server closed the connection without an answer"));
    socket.on("connect", () => socket.write(requestLine(request)));
  });
}

function requestLine({ words, by, secret }: ControlRequest): string {
  const apart = secret && { secret: Buffer.from(secret.bytes()).toString("base64") };
  return `${JSON.stringify({ words, by, ...apart })}\n`;
}

function serve(socket: Socket, handler: ControlHandler): void {
  const answer = (value: OperatorAnswer): void => {
    socket.end(`${JSON.stringify(value)}\n`);
  };
  const deadline = setTimeout(() => socket.destroy(), requestWithinMs);
  socket.on("error", () => socket.destroy());
  socket.on("close", () => clearTimeout(deadline));
  readLine(socket, requestBytesMax, (line) => {
    clearTimeout(deadline);
    const request = line === undefined ? undefined : parseRequest(line);
    if (request === undefined) {
      answer({ isDone: false, lines: ["This is no request: {words, by} on one line is one."] });
      return;
    }
    handler(request, answer);
  });
}

/** Calls back once: with the first line, or with undefined when there is none within the limit. */
function readLine(
  socket: Socket,
  bytesMax: number,
  taken: (line: string | undefined) => void,
): void {
  const chunks: Buffer[] = [];
  let length = 0;
  const done = (line: string | undefined): void => {
    socket.removeListener("data", take);
    socket.removeListener("end", ended);
    taken(line);
  };
  const take = (chunk: Buffer): void => {
    const end = chunk.indexOf(10);
    chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
    length += chunk.length;
    if (length > bytesMax) done(undefined);
    else if (end >= 0) {
      const whole = Buffer.concat(chunks);
      done(whole.toString("utf8"));
      for (const bytes of [...chunks, whole]) bytes.fill(0); // there may be a password in it
    }
  };
  const ended = (): void => done(undefined);
  socket.on("data", take);
  socket.on("end", ended);
}

function parseRequest(line: string): ControlRequest | undefined {
  const value = parseObject(line);
  const words = value?.get("words");
  const by = value?.get("by");
  if (typeof words !== "string" || hasControls(words)) return undefined;
  if (typeof by !== "string" || hasControls(by) || by.length > 64) return undefined;
  const secret = value?.get("secret");
  if (secret === undefined) return { words, by };
  if (typeof secret !== "string") return undefined;
  return { words, by, secret: new Secret(Uint8Array.from(Buffer.from(secret, "base64"))) };
}

function parseAnswer(line: string): OperatorAnswer | undefined {
  const value = parseObject(line);
  const isDone = value?.get("isDone");
  const lines: unknown = value?.get("lines");
  if (typeof isDone !== "boolean" || !Array.isArray(lines)) return undefined;
  return { isDone, lines: lines.map(String) };
}

function parseObject(line: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? new Map(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}

function removeStale(path: string): string | undefined {
  try {
    const status = lstatSync(path, { throwIfNoEntry: false });
    if (status === undefined) return undefined;
    if (!status.isSocket()) return `${path} is in the place of the control socket`;
    unlinkSync(path);
    return undefined;
  } catch (error) {
    return `the old control socket cannot be removed: ${describeError(error)}`;
  }
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.on("error", () => undefined); // accepting failed once: the next one may be accepted
      resolve();
    });
  });
}
