/** The list of questions while it is edited. Pure. */
import {
  REGISTRATION_LIMITS,
  type RegistrationField,
  type RegistrationFieldKind,
} from "@rostrum/contract/registration";

type Fields = readonly RegistrationField[];

/** With another question at the end. Its id is free, also of those that were asked before: they keep their answers. */
export function withNew(fields: Fields, random: () => number = Math.random): RegistrationField[] {
  const taken = new Set(fields.map((field) => field.id));
  let id = newId(random);
  while (taken.has(id)) id = newId(random);
  return [...fields, { id, kind: "text", label: "", required: false, options: [] }];
}

export function changed(fields: Fields, at: number, values: Partial<RegistrationField>): RegistrationField[] {
  return fields.map((field, index) => (index === at ? { ...field, ...values } : field));
}

export function without(fields: Fields, at: number): RegistrationField[] {
  return fields.filter((_, index) => index !== at);
}

/** The same list when there is no place to go to. */
export function moved(fields: Fields, at: number, by: -1 | 1): RegistrationField[] {
  const to = at + by;
  const [one, other] = [fields[at], fields[to]];
  if (one === undefined || other === undefined) return [...fields];
  return fields.map((field, index) => (index === at ? other : index === to ? one : field));
}

/** Options belong to choices only. */
export function ofKind(field: RegistrationField, kind: RegistrationFieldKind): Partial<RegistrationField> {
  return { kind, options: kind === "select" ? field.options : [] };
}

/** One option a line. Blank lines and repeated ones are none. */
export function optionsOf(text: string): string[] {
  const lines = text.split("\n").map((line) => line.trim().slice(0, REGISTRATION_LIMITS.optionChars));
  return [...new Set(lines.filter((line) => line !== ""))].slice(0, REGISTRATION_LIMITS.options);
}

function newId(random: () => number): string {
  return `q_${Math.floor(random() * 36 ** 6).toString(36)}`;
}
