/** The way to an account, and back to this page. */
import { useLocation } from "react-router";
import { ButtonLink } from "../../ui/Button.tsx";

/** `children` says what it is for. */
export function SignInLink({ children }: { children: string }) {
  const { pathname, search } = useLocation();
  return (
    <ButtonLink size="sm" to={`/login?next=${encodeURIComponent(pathname + search)}`}>
      {children}
    </ButtonLink>
  );
}
