import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError, ask, type Site } from './api.js';
import { AddSite, SetUp, SignIn } from './forms.js';
import { OverviewPage } from './overview.js';

type View = 'loading' | 'setup' | 'signin' | 'add' | 'overview' | 'error';

function App() {
  const setupToken = location.pathname === '/setup' ? location.hash.slice(1) : '';
  const [view, setView] = useState<View>(setupToken === '' ? 'loading' : 'setup');
  const [sites, setSites] = useState<Site[]>([]);
  const [message, setMessage] = useState('');

  const load = () =>
    ask<{ sites: Site[] }>('{ sites { id name timeZone } }').then(
      (answer) => {
        setSites(answer.sites);
        setView(answer.sites.length === 0 ? 'add' : 'overview');
      },
      (error: Error) => {
        if (error instanceof ApiError && error.code === 'UNAUTHENTICATED') return setView('signin');
        setMessage(error.message);
        setView('error');
      },
    );
  const signOut = () => void ask('mutation { signOut }').then(() => setView('signin'));

  useEffect(() => {
    if (setupToken === '') void load();
  }, []);

  if (view === 'setup') return <SetUp token={setupToken} onDone={load} />;
  if (view === 'signin') return <SignIn onDone={load} />;
  if (view === 'add') return <AddSite onDone={load} />;
  if (view === 'error')
    return (
      <p class="panel" role="alert">
        {message}
      </p>
    );
  if (view === 'loading') return null;
  return <OverviewPage sites={sites} onAdd={() => setView('add')} onOut={signOut} />;
}

const root = document.getElementById('app');
if (root !== null) render(<App />, root);
