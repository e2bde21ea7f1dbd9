import type { Person } from '../control.testkit.ts';
import type { FuzzTarget } from './fuzz-target.testkit.ts';

type Shown = Readonly<Record<string, unknown>> & { readonly id: string };

/** Everything that lists show to a person, by path. */
export async function listAll(target: FuzzTarget, person: Person): Promise<Map<string, Shown[]>> {
  const found = new Map<string, Shown[]>();
  const lists = target.operations.filter(({ parameters = [] }) => parameters.some(({ name }) => name === 'before_id'));
  for (const { path } of lists) {
    const shown: Shown[] = [];
    for (let url: string | null = path; url !== null; ) {
      const page: Record<string, unknown> = (await target.call({ url }, person)).json();
      shown.push(...(Object.values(page).find(Array.isArray) as Shown[]));
      url = (page['next_page_uri'] as string | null)?.replace(/^https:\/\/[^/]+/, '') ?? null;
    }
    found.set(path, shown);
  }
  return found;
}

/** What does not fit together in the store after all those requests. Empty: all is well. */
export async function storeFaults(target: FuzzTarget): Promise<string[]> {
  const faults: string[] = [];
  for (const [path, shown] of await listAll(target, target.caller)) {
    const isRead = target.operations.some((one) => one.method === 'get' && one.path === `${path}/{id}`);
    for (const one of shown) {
      if (target.refused.has(String(one['description']))) faults.push(`${path}/${one.id} was refused, and is there`);
      const read = isRead ? await target.call({ url: `${path}/${one.id}` }) : undefined;
      if (read && read.body !== JSON.stringify(one)) faults.push(`${path}/${one.id} is not as it is listed`);
    }
  }
  return faults;
}
