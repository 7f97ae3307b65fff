import type { MessagePort } from 'node:worker_threads';
import { CodedError, isCodedError } from '@inlay/geo';
import { GeoTiffError } from '@inlay/geotiff';
import type { ObjectLink, ObjectLinks } from './object-links.ts';

/** What a thread asks. */
interface Question {
  readonly id: number;
  readonly location: string;
}

type Answer =
  | { readonly id: number; readonly link: ObjectLink }
  | { readonly id: number; readonly code: string; readonly message: string };

/** Makes links for a thread, which has the other end of the port. The port keeps no process alive. */
export function serveLinks(port: MessagePort, links: ObjectLinks): void {
  const answer = async ({ id, location }: Question): Promise<Answer> => {
    try {
      return { id, link: await links.linkTo(location) };
    } catch (error) {
      // Its cause and stack stay here: nothing of what links are signed with reaches a thread.
      const message = error instanceof Error ? error.message : String(error);
      return { id, code: isCodedError(error) ? error.code : '', message };
    }
  };
  port.on('message', (question: Question) => {
    void answer(question).then((answered) => port.postMessage(answered));
  });
  port.unref();
}

/** The links that the thread with the other end of the port makes. */
export function linksOver(port: MessagePort): ObjectLinks {
  const asked = new Map<number, (answer: Answer) => void>();
  let lastId = 0;
  port.on('message', (answer: Answer) => {
    asked.get(answer.id)?.(answer);
    asked.delete(answer.id);
  });
  return {
    linkTo(location) {
      lastId += 1;
      const id = lastId;
      return new Promise((resolve, reject) => {
        asked.set(id, (answer) => ('link' in answer ? resolve(answer.link) : reject(errorOf(answer))));
        port.postMessage({ id, location } satisfies Question);
      });
    },
  };
}

function errorOf({ code, message }: { readonly code: string; readonly message: string }): Error {
  if (code === 'geotiff/source-unavailable') return new GeoTiffError(code, message);
  return code === '' ? new Error(message) : new CodedError(code, message);
}
