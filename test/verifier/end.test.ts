import { end, toldToEnd } from "../../verifier/end";

// Node's process is mocked: a test cannot end its own.

afterEach(() => jest.restoreAllMocks());

test("only what decides nothing, or disproves, can be told to end with", () => {
  expect(toldToEnd(["verifier", "verifier", "--end", "3"])).toBe(3);
  expect(toldToEnd(["verifier", "verifier", "--end", "1"])).toBe(1);
  for (const code of ["0", "2", "", "x"]) expect(toldToEnd(["verifier", "verifier", "--end", code])).toBeUndefined();
  expect(toldToEnd(["verifier", "verifier", "--strict"])).toBeUndefined();
});

test.each<[string, number, string[], boolean]>([
  ["a name that is looked up", 3, ["GetAddrInfoReqWrap"], true],
  ["nothing to wait for", 3, ["TCPSocketWrap"], false],
  ["a proof", 0, ["GetAddrInfoReqWrap"], false],
])("%s: the process is replaced only where it would have to wait", (_, code, active, replaced) => {
  const exit = jest.spyOn(process, "exit").mockImplementation(() => undefined as never);
  jest.spyOn(process, "getActiveResourcesInfo").mockReturnValue(active);
  const execve = jest.fn(() => {
    throw new Error("not allowed here");
  });
  Object.assign(process, { execve });
  end(code);
  expect(exit).toHaveBeenCalledWith(code);
  expect(execve.mock.calls).toEqual(
    replaced ? [[process.execPath, [process.execPath, process.argv[1], "--end", String(code)], {}]] : [],
  );
});
