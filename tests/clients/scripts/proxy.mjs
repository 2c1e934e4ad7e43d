// A line between a client and the server that can be cut.

import { connect, createServer } from "node:net";

/** A proxy of the server at `target`: its `url`, `cut()` for all that is open, `isDown` to refuse what comes. */
export async function startProxy(target) {
  const { hostname, port, pathname } = new URL(target);
  const open = new Set();
  const server = createServer((client) => {
    if (proxy.isDown) return client.destroy();
    const upstream = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ]) {
      open.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => (open.delete(from), to.destroy()));
      from.pipe(to);
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const proxy = {
    isDown: false,
    url: `http://127.0.0.1:${server.address().port}${pathname}`,
    cut: () => open.forEach((socket) => socket.destroy()),
    stop: () => (proxy.cut(), new Promise((stopped) => server.close(stopped))),
  };
  return proxy;
}
