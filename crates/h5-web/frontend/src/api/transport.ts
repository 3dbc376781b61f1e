// How a request reaches the responder: over HTTP, or in the worker beside the page.

export interface Answer {
  status: number;
  type: string;
  bytes: ArrayBuffer;
}

export interface Transport {
  /** Asks `target`, a route with its query; with a body, a route that writes. */
  request(target: string, body?: Uint8Array): Promise<Answer>;
  /** An address that a link can have, where there is one. */
  link(target: string): string | null;
}

/** Over HTTP, to the program that gave the page. */
export class HttpTransport implements Transport {
  /** Set from the session: what a route that writes wants to see. */
  csrf: string | null = null;

  async request(target: string, body?: Uint8Array): Promise<Answer> {
    const headers: Record<string, string> = {};
    if (body) headers['X-H5-Csrf'] = this.csrf ?? '';
    const options = { method: body ? 'POST' : 'GET', headers, body: body ? new Blob([body.slice()]) : undefined };
    let response: Response;
    try {
      response = await fetch(this.link(target), options);
    } catch {
      throw new Error('h5 does not answer: has it been stopped?');
    }
    const type = response.headers.get('Content-Type') ?? '';
    return { status: response.status, type, bytes: await response.arrayBuffer() };
  }

  link(target: string): string {
    return `api${target}`;
  }
}
