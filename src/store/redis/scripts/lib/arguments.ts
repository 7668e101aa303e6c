/** Calls a command with ARGV[first] to ARGV[last], in parts: Lua's `unpack` is bounded. */
export const WITH_ARGUMENTS: string = /* lua */ `
local function with_arguments(command, key, first, last)
  for i = first, last, 1000 do
    redis.call(command, key, unpack(ARGV, i, math.min(i + 999, last)))
  end
end`
