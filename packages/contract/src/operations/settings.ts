import { operation } from '../operation.ts';
import { Settings } from '../settings.ts';

export const getSettings = operation({
  id: 'getSettings',
  method: 'GET',
  path: '/api/settings',
  summary: 'What this server offers',
  description: 'What pages and tools need to know before they ask for anything else; the same for everyone.',
  tags: ['General'],
  access: 'anonymous',
  responses: {
    200: {
      description: 'The settings.',
      schema: Settings,
      example: { version: '0.1.0', max_upload_bytes: 10_737_418_240, registers_in_place: true, basemap: null },
    },
  },
});
