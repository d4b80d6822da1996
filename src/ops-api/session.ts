/** `viewer` sees everything but content; `operator` also acts. */
export type OpsRole = 'viewer' | 'operator';

/** `GET session`; 401 with code `login` where one must log in first. `POST login {password}` answers the same, `POST logout` 204. */
export interface SessionView {
  who: string;
  role: OpsRole;
  csrf: string;
  /** False where nobody logged in: this machine, or a proxy that did it. */
  canLogOut: boolean;
  assistant: string;
  version: string;
  /** Whether operators may look at what was said (`ops.show_content`). */
  content: boolean;
}
