// Signed out: a form. Signed in: the overview, read again every two seconds while the tab is visible.
import { useEffect, useState } from "react";
import { forgetToken, read, SignedOut, savedToken, saveToken } from "./api.ts";
import { OverviewPage } from "./overview.tsx";
import { createRefresh, type Overview } from "./refresh.ts";
import { SignIn } from "./sign-in.tsx";

const refreshMs = 2000;

export function App() {
  const [token, setToken] = useState(savedToken);
  const [overview, setOverview] = useState<Overview>();
  const [problem, setProblem] = useState<string>();

  useEffect(() => {
    if (token === null) return;
    const stop = new AbortController();
    const refresh = createRefresh((path, signal) => read(path, token, signal));
    const show = (overview: Overview) => {
      setOverview(overview);
      setProblem(undefined);
    };
    const look = async () => {
      if (document.hidden) return;
      try {
        await refresh(stop.signal, show);
      } catch (error) {
        if (stop.signal.aborted) return;
        setProblem((error as Error).message);
        if (!(error instanceof SignedOut)) return;
        forgetToken();
        setToken(null);
        setOverview(undefined);
      }
    };
    void look();
    const timer = setInterval(look, refreshMs);
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
