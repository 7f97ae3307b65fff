// What operations on pixels have in common.

/** Request headers of pictures. */
export const pictureHeaders = { 'If-None-Match': 'An ETag: 304 where the picture is still that one.' } as const;

/** Answers that carry a picture. */
export const pictureAnswers = {
  200: {
    description: 'The picture. `image/webp` or `image/jpeg` where asked for.',
    mediaType: 'image/png',
    headers: {
      ETag: 'Strong: changes with the pixels and with the parameters.',
      'Server-Timing': 'Milliseconds of each step, and where the picture came from.',
      Degraded: 'Only where parts of the source could not be read, which are transparent: `problems=1`.',
    },
  },
  304: { description: 'Not changed. No pixel was read.' },
} as const;

export const pixelProblems = {
  400: 'The answer would take more reading than is done for one: `too_expensive`.',
  401: 'The credential or the signature is wrong or over; or there is none, and what is not public needs one.',
  404: 'There is no such dataset, or the caller may not see it; a virtual raster: not all of its sources.',
  409: 'The file is no longer the one that was catalogued: `source_changed`.',
  501: 'This version cannot render the dataset.',
  502: 'The file, or a part of it, cannot be read.',
  503: 'Too much is being rendered, or it took too long; `Retry-After` says when to come back.',
} as const;

/** For what needs a place on Earth. */
export const unplaced = {
  409: 'The dataset has no place on the map (`not_georeferenced`), or is no longer the file that was catalogued (`source_changed`).',
} as const;
