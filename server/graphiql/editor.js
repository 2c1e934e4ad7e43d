"use strict";

(() => {
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const { origin, pathname, search } = window.location;
  const webSocketUrl = origin.replace(/^http/, "ws") + pathname;

  // A subscription takes its Authorization from the editor's headers, as queries do.
  const fetcher = (parameters, options) =>
    GraphiQL.createFetcher({
      url: origin + pathname,
      wsClient: graphqlWs.createClient({
        url: webSocketUrl,
        lazy: true,
        connectionParams: () => options?.headers ?? {},
      }),
    })(parameters, options);

  const shared = new URLSearchParams(search);
  const editor = React.createElement(GraphiQL, {
    fetcher,
    defaultEditorToolsVisibility: true,
    defaultQuery: settings.defaultQuery ?? undefined,
    defaultHeaders: settings.defaultHeaders ?? undefined,
    query: shared.get("query") ?? undefined,
    variables: shared.get("variables") ?? undefined,
    shouldPersistHeaders: false,
  });
  ReactDOM.createRoot(document.getElementById("editor")).render(editor);
})();
