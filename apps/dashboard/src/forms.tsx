import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from './api.js';
import { snippetOf } from './overview.js';

interface FormProps {
  readonly title: string;
  readonly words: string;
  readonly action: string;
  readonly children: ComponentChildren;
  /** Sends the fields; throws with a sentence when they are not taken. */
  readonly send: (fields: Record<string, string>) => Promise<void>;
}

/** A small form that says what went wrong. */
function Form({ title, words, action, children, send }: FormProps) {
  const [error, setError] = useState('');
  const submit = (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const fields = Object.fromEntries([...form].map(([key, value]) => [key, String(value)]));
    send(fields).catch((reason: Error) => setError(reason.message));
  };
  return (
    <form class="card panel" onSubmit={submit}>
      <h1>{title}</h1>
      <p class="note">{words}</p>
      {children}
      {error !== '' && <p role="alert">{error}</p>}
      <button type="submit" class="primary">
        {action}
      </button>
    </form>
  );
}

function Field({
  name,
  label,
  type = 'text',
  value = '',
}: {
  name: string;
  label: string;
  type?: string;
  value?: string;
}) {
  const autocomplete =
    type === 'password' ? 'current-password' : name === 'name' ? 'username' : 'off';
  return (
    <label>
      {label}
      <input name={name} type={type} value={value} required autocomplete={autocomplete} />
    </label>
  );
}

/** The one-time link: whoever holds it becomes the administrator. */
export function SetUp({ token, onDone }: { token: string; onDone: () => void }) {
  const send = async ({ name, password }: Record<string, string>) => {
    const input = { setupToken: token, name, password };
    await ask(
      'mutation ($input: CreateAdministratorInput!) { createAdministrator(input: $input) { name } }',
      { input },
    );
    history.replaceState(null, '', '/');
    onDone();
  };
  return (
    <Form
      title="Become the administrator"
      words="This link works once. Choose a name and a password of at least 10 characters."
      action="Go on"
      send={send}
    >
      <Field name="name" label="Name" />
      <Field name="password" label="Password" type="password" />
    </Form>
  );
}

export function SignIn({ onDone }: { onDone: () => void }) {
  const send = async ({ name, password }: Record<string, string>) => {
    await ask(
      'mutation ($name: String!, $password: String!) { signIn(name: $name, password: $password) { name } }',
      { name, password },
    );
    onDone();
  };
  return (
    <Form title="Sign in" words="The numbers are behind this door." action="Sign in" send={send}>
      <Field name="name" label="Name" />
      <Field name="password" label="Password" type="password" />
    </Form>
  );
}

/** Makes a site and shows what to put into its pages. */
export function AddSite({ onDone }: { onDone: () => void }) {
  const [made, setMade] = useState('');
  const send = async ({ name, domain, timeZone, currency }: Record<string, string>) => {
    const input = { name, domains: [domain], timeZone, currency };
    const { createSite } = await ask<{ createSite: { id: string } }>(
      'mutation ($input: CreateSiteInput!) { createSite(input: $input) { id } }',
      { input },
    );
    setMade(createSite.id);
  };
  if (made !== '') {
    return (
      <section class="card panel">
        <h1>Put this into every page</h1>
        <p class="note">In the head, as it is. The first visit shows within a second.</p>
        <pre>{snippetOf(made)}</pre>
        <button type="button" class="primary" onClick={onDone}>
          Show the numbers
        </button>
      </section>
    );
  }
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <Form
      title="Add a site"
      words="Days and hours will be those of its time zone."
      action="Create"
      send={send}
    >
      <Field name="name" label="Name" />
      <Field name="domain" label="Domain, such as example.com" />
      <Field name="timeZone" label="Time zone" value={zone} />
      <Field name="currency" label="Currency" value="EUR" />
    </Form>
  );
}
