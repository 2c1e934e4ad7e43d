// Follows the event log by graphql-ws and by graphql-sse until it is ended, and tells each id that it hears, a line each.

import { createClient as overEvents } from "graphql-sse";
import { createClient as overSocket } from "graphql-ws";
import WebSocket from "ws";
import { EVENTS_KEY, socketUrl } from "./ask.mjs";

const { URL: url, AFTER } = process.env;
const query = "subscription Follow($after: String) { orderEvents(after: $after) { id cursor } }";
const soon = () => new Promise((wake) => setTimeout(wake, 50));
const tell = (...words) => console.log(words.join(" "));

/** Subscribes; what a client asks for when it comes back is what `variables` says by then. */
function follow(name, client, variables, last) {
  const next = ({ data, errors }) => {
    if (errors) return tell(name, "errors", JSON.stringify(errors));
    last.cursor = data.orderEvents.cursor;
    tell(name, "heard", data.orderEvents.id);
  };
  client.subscribe(
    { query, variables },
    { next, error: (error) => tell(name, "error", error), complete: () => tell(name, "complete") },
  );
}

{
  const [last, variables] = [{ cursor: AFTER }, { after: AFTER }];
  const closed = ({ code }) => {
    variables.after = last.cursor;
    tell("graphql-ws", "closed", code);
  };
  const client = overSocket({
    url: socketUrl(url),
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${EVENTS_KEY}` },
    retryAttempts: 1000,
    retryWait: soon,
    shouldRetry: () => true,
    on: { closed },
  });
  follow("graphql-ws", client, variables, last);
}
{
  const [last, variables] = [{ cursor: AFTER }, { after: AFTER }];
  const retry = () => {
    variables.after = last.cursor;
    tell("graphql-sse", "closed");
    return soon();
  };
  const client = overEvents({ url, headers: { "x-api-key": EVENTS_KEY }, retryAttempts: 1000, retry });
  follow("graphql-sse", client, variables, last);
}
