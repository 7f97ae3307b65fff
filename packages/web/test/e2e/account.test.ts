import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '@inlay/sdk';
import { startApp } from './app.ts';
import { startChromium } from './chromium.ts';
import { takePicture, visit } from './journey.ts';
import { seriousIssues } from './serious-issues.ts';

test('an administrator adds a user, shuts them out, lets them in again and deletes them; a token only reads', async (t) => {
  const browser = await startChromium(t);
  if (browser === null) return;
  const app = await startApp();
  t.after(async () => {
    await browser.close();
    await app.close();
  });
  const { page, complaints } = await visit(browser, app, { isSignedIn: true });
  await page.goto('/account');
  await page.getByRole('button', { name: 'Add a user' }).click();
  const adding = page.getByRole('dialog', { name: 'Add a user' });
  await adding.getByLabel('User name').fill('ada');
  await adding.getByLabel('Password').fill('a long password');
  await adding.getByRole('button', { name: 'Add' }).click();
  await page.getByText('ada may sign in now.').waitFor();
  const mayEnter = (password: string): Promise<boolean> =>
    createClient(app.url)
      .login('ada', password)
      .then(
        () => true,
        () => false,
      );
  assert.equal(await mayEnter('a long password'), true);

  const menu = page.getByRole('button', { name: 'More for ada' });
  await menu.click();
  await page.getByRole('menuitem', { name: 'Set a new password' }).click();
  const setting = page.getByRole('dialog', { name: 'A new password for ada' });
  await setting.getByLabel('Password').fill('another password');
  await setting.getByRole('button', { name: 'Set it' }).click();
  await setting.waitFor({ state: 'detached' });
  assert.equal(await mayEnter('another password'), true);

  await menu.click();
  await page.getByRole('menuitem', { name: 'Do not let them sign in' }).click();
  await page.getByText('May not sign in', { exact: true }).waitFor();
  assert.equal(await mayEnter('another password'), false);
  assert.deepEqual(await seriousIssues(page), []);
  await takePicture(page, 'account', t);
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await page.getByText('ada may sign in again.').waitFor();
  assert.equal(await mayEnter('another password'), true);

  await page.getByRole('button', { name: 'New token' }).click();
  const making = page.getByRole('dialog');
  await making.getByLabel('Name').fill('QGIS');
  await making.getByRole('button', { name: 'Make it' }).click();
  const key = await making.getByLabel('Token', { exact: true }).innerText();
  assert.deepEqual(await seriousIssues(page), []);
  await making.getByRole('button', { name: 'Done' }).click();
  const reader = createClient(app.url, { token: key });
  assert.equal((await reader.me()).username, 'admin');
  await assert.rejects(reader.createUser({ username: 'bob', password: 'a long password' }), {
    code: 'read_only_token',
  });

  await menu.click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  const deleting = page.getByRole('dialog', { name: 'Delete ada' });
  assert.equal(await deleting.getByRole('button', { name: 'Delete' }).isDisabled(), true);
  await deleting.getByLabel('To go on, type ada').fill('ada');
  assert.deepEqual(await seriousIssues(page), []);
  await deleting.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('ada is deleted.').waitFor();
  assert.deepEqual(
    (await app.admin.listUsers()).users.map(({ username }) => username),
    ['admin'],
  );
  assert.deepEqual(complaints, []);
});
