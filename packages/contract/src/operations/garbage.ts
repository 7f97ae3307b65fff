import { CollectGarbage, GarbageReport } from '../garbage.ts';
import { operation } from '../operation.ts';

export const collectGarbage = operation({
  id: 'collectGarbage',
  method: 'POST',
  path: '/api/gc',
  summary: 'Find or remove what nothing needs any more',
  description:
    'Tells what is kept in the database and in storage that nothing refers to, and with `delete` removes it. Workers do the ' +
    'same by themselves once a day, and the most of it every ten minutes. Takes as long as listing all of storage does.',
  tags: ['General'],
  access: 'admin',
  body: { mediaType: 'application/json', schema: CollectGarbage, example: { delete: false } },
  responses: { 200: { description: 'What was found.', schema: GarbageReport } },
});
