// Signed out: a form. Signed in: the overview, read again every two seconds while the tab is visible.
import { useEffect, useState } from "react";
import { forgetToken, type Overview, readOverview, SignedOut, savedToken, saveToken } from "./api.ts";
import { OverviewPage } from "./overview.tsx";
import { SignIn } from "./sign-in.tsx";

const refreshMs = 2000;

export function App() {
  const [token, setToken] = useState(savedToken);
  const [overview, setOverview] = useState<Overview>();
  const [problem, setProblem] = useState<string>();

  useEffect(() => {
    if (token === null) return;
    const stop = new AbortController();
    const refresh = async () => {
      if (document.hidden) return;
      try {
        setOverview(await readOverview(token, stop.signal));
        setProblem(undefined);
      } catch (error) {
        if (stop.signal.aborted) return;
        setProblem((error as Error).message);
        if (!(error instanceof SignedOut)) return;
        forgetToken();
        setToken(null);
        setOverview(undefined);
      }
    };
    void refresh();
    const timer = setInterval(refresh, refreshMs);
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, [token]);

  const signIn = (given: string) => {
    saveToken(given);
    setProblem(undefined);
    setToken(given);
  };
  const signOut = () => {
    forgetToken();
    setToken(null);
    setOverview(undefined);
  };
  if (token === null) return <SignIn problem={problem} onToken={signIn} />;
  return <OverviewPage overview={overview} problem={problem} onSignOut={signOut} />;
}
