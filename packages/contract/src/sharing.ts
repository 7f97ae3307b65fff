import { type Static, Type } from 'typebox';
import { answer, defaulted, nullable, request } from './schema.ts';
import { pageAnswer, pageQuery } from './paging.ts';
import { timestamp, uuidOf } from './scalars.ts';

/** Agrees to show sources of a virtual raster to people who may not see these. */
export const ConfirmPublicSources = Type.Boolean({
  description:
    'Confirms that the pixels of sources that fewer people see are shown to all who see the virtual raster. It covers the ' +
    'sources that its owner may see then, for as long as they may. Asked for (422 `confirmation_required`) where there are ' +
    'such sources.',
});

export const GrantLevel = Type.Enum(['view', 'edit'], {
  description: '`view`: may see it while it is `restricted`. `edit`: may also change it, unless it is `private`.',
});
export type GrantLevel = Static<typeof GrantLevel>;

export const Grant = answer(
  {
    user_id: uuidOf('The user it is granted to.'),
    username: Type.String(),
    level: GrantLevel,
    granted_by: nullable(uuidOf('User.'), 'Who granted it; null where they were removed.'),
    granted_at: timestamp('When it was granted first.'),
  },
  { title: 'Grant' },
);
export type Grant = Static<typeof Grant>;

export const GrantListQuery = request(pageQuery);
export const GrantList = answer({ grants: Type.Array(Grant), ...pageAnswer }, { title: 'GrantList' });
export type GrantList = Static<typeof GrantList>;

const user = Type.String({ minLength: 1, maxLength: 255, description: 'The user’s name, or id.' });

export const PutGrant = request(
  { user, level: defaulted(GrantLevel, 'view'), confirm_public_sources: Type.Optional(ConfirmPublicSources) },
  { title: 'PutGrant' },
);
export type PutGrant = Static<typeof PutGrant>;

export const GrantParams = request({ id: uuidOf('The dataset.'), user });

const shareFields = {
  id: uuidOf('Identifier of the share.'),
  name: nullable(Type.String(), 'What its maker calls it.'),
  downloads: Type.Boolean({ description: 'Whether it opens the files, as well as what is made of them.' }),
  url: Type.String({ description: 'The page that it opens, signed.' }),
  sig: Type.String({ description: 'What to add, with `exp`, to any address of the dataset’s API that reads.' }),
  exp: Type.Integer({ description: 'When it ends, in seconds since 1970.' }),
  created_by: uuidOf('Who made it: it opens what they may see.'),
  created_at: timestamp('When it was made.'),
  expires_at: timestamp('When it ends.'),
  revoked_at: nullable(timestamp('Time.'), 'When it was revoked; null if it was not.'),
};

export const Share = answer(shareFields, { title: 'Share' });
export type Share = Static<typeof Share>;

export const ShareListQuery = request(pageQuery);
export const ShareList = answer({ shares: Type.Array(Share), ...pageAnswer }, { title: 'ShareList' });
export type ShareList = Static<typeof ShareList>;

/** Longest life of a share, in days. */
export const MAX_SHARE_DAYS = 3650;

export const CreateShare = request(
  {
    name: Type.Optional(nullable(Type.String({ minLength: 1, maxLength: 200 }), 'What you call it.')),
    expires_in_days: defaulted(
      Type.Integer({ minimum: 1, maximum: MAX_SHARE_DAYS, description: 'Days until it ends.' }),
      30,
    ),
    downloads: defaulted(
      Type.Boolean({ description: 'Whether it opens the files, as well as what is made of them.' }),
      false,
    ),
  },
  { title: 'CreateShare' },
);
export type CreateShare = Static<typeof CreateShare>;

export const ShareParams = request({ id: uuidOf('The dataset.'), share_id: uuidOf('The share.') });
