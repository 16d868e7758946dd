// The sign-in form.
import { type FormEvent, useState } from "react";

export function SignIn({ problem, onToken }: { problem: string | undefined; onToken: (token: string) => void }) {
  const [token, setToken] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (token.trim() !== "") onToken(token.trim());
  };
  return (
    <main className="sign-in">
      <h1>Portway</h1>
      <form onSubmit={submit}>
        <label htmlFor="token">Administrator’s token</label>
        <input
          id="token"
          type="password"
          autoComplete="off"
          value={token}
          onChange={(event) => setToken(event.target.value)}
        />
        <button type="submit" className="main">
          Sign in
        </button>
      </form>
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      <p className="hint">
        The control host prints one: <code>sudo portway token create --admin</code>
      </p>
    </main>
  );
}
