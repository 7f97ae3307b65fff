import { Type } from 'typebox';
import { defaulted } from './schema.ts';

/** Most items one page holds. */
export const MAX_PAGE_SIZE = 1000;

/** The query fields of every list. Lists are newest first, in a stable order. */
export const pageQuery = {
  limit: defaulted(
    Type.Integer({ minimum: 1, maximum: MAX_PAGE_SIZE, description: `Most items to return, 1 to ${MAX_PAGE_SIZE}.` }),
    50,
  ),
  skip: defaulted(
    Type.Integer({ minimum: 0, maximum: 2_147_483_647, description: 'Items to pass over, counted from the first.' }),
    0,
  ),
};

/** The members that say which page of a list an answer is. */
export const pageAnswer = {
  total: Type.Integer({ minimum: 0, description: 'Items on all pages together that the caller may see.' }),
  limit: Type.Integer({ description: 'The limit that was applied.' }),
  skip: Type.Integer({ description: 'The skip that was applied.' }),
};
