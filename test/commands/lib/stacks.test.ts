import { selectStacks } from "../../../commands/lib/stacks";

const STACKS = ["bootstrap", "production-iam", "staging-iam", "staging-service-accounts"].map((name) => ({ name }));

test.each<[string[], string[]]>([
  [[], ["production-iam", "staging-iam", "staging-service-accounts"]],
  [["*"], ["production-iam", "staging-iam", "staging-service-accounts"]],
  [
    ["staging-iam", "*-iam"],
    ["production-iam", "staging-iam"],
  ],
  [["bootstrap"], ["bootstrap"]],
])("%j selects %j", (patterns, expected) => {
  expect(selectStacks(STACKS, patterns).map(({ name }) => name)).toEqual(expected);
});

test.each(["boot*", "staging"])("%s is rejected with the names of the stacks", (pattern) => {
  expect(() => selectStacks(STACKS, [pattern])).toThrow(pattern);
});
