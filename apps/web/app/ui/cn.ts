/** Joins class names; a later class wins over an earlier one of the same kind. */
import { clsx, type ClassValue } from "clsx";
import { twMerge } from "tailwind-merge";

/** What is falsy is left out. */
export function cn(...inputs: ClassValue[]): string {
  return twMerge(clsx(inputs));
}
