/** Short messages for what happens off-screen. What happens in view is told in place. */
import { toast as sonner } from "sonner";

type Undo = { label: string; onClick: () => void };

/** Each call shows one message; `action` is for undo. */
export const toast = {
  success: (text: string, action?: Undo) => sonner.success(text, action ? { action } : {}),
  error: (text: string, action?: Undo) => sonner.error(text, { duration: 8000, ...(action ? { action } : {}) }),
  info: (text: string, action?: Undo) => sonner(text, action ? { action } : {}),
};
