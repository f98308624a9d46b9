// Builders of statements and policies for tests.

export const statement = (Effect: string, Action: unknown, Resource: unknown, Condition?: unknown) => ({
  Effect,
  Action,
  Resource,
  ...(Condition === undefined ? {} : { Condition }),
});

export const allow = (Action: unknown, Resource: unknown, Condition?: unknown) =>
  statement("Allow", Action, Resource, Condition);

export const deny = (Action: unknown, Resource: unknown, Condition?: unknown) =>
  statement("Deny", Action, Resource, Condition);

export const policy = (...Statement: unknown[]) => ({ Version: "2012-10-17", Statement });
