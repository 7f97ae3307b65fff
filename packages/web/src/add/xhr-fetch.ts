/**
 * A `fetch` that tells how much of the body was sent, which the browser's own does not. Only what the client of the API
 * needs of it: a URL, a method, headers, a body, a signal.
 *
 * @param onSent share of the body that was sent, 0 to 1
 */
export function xhrFetch(onSent: (share: number) => void): typeof fetch {
  return (input, init = {}) =>
    new Promise<Response>((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(init.method ?? 'GET', input instanceof Request ? input.url : input);
      request.responseType = 'text';
      for (const [name, value] of new Headers(init.headers)) request.setRequestHeader(name, value);
      request.upload.addEventListener('progress', ({ loaded, total }) => onSent(total === 0 ? 0 : loaded / total));
      request.addEventListener('load', () => {
        const headers = request
          .getAllResponseHeaders()
          .trim()
          .split(/[\r\n]+/)
          .flatMap((line): [string, string][] => {
            const at = line.indexOf(':');
            return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1).trim()]];
          });
        resolve(
          new Response(request.responseText, { status: request.status, statusText: request.statusText, headers }),
        );
      });
      // The same error as fetch's, for the same reasons (fetch standard, "network error").
      request.addEventListener('error', () => reject(new TypeError('the connection broke')));
      request.addEventListener('abort', () => reject(init.signal?.reason));
      init.signal?.addEventListener('abort', () => request.abort(), { once: true });
      if (init.signal?.aborted === true) {
        reject(init.signal.reason);
        return;
      }
      request.send(init.body as XMLHttpRequestBodyInit | null);
    });
}
