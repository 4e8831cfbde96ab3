-- The primes up to a limit, by the sieve of Eratosthenes.
local function primes(limit)
  local composite, found = {}, {}
  for n = 2, limit do
    if not composite[n] then
      found[#found + 1] = n
      for multiple = n * n, limit, n do
        composite[multiple] = true
      end
    end
  end
  return found
end

print(table.concat(primes(100), " "))
