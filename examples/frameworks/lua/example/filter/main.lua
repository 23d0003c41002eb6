local dropped = coven.counter("dropped", "packets", "UDP packets to port 7")

local function is_echo(packet)
    if #packet < 42 or packet:u8(12) ~= 8 or packet:u8(13) ~= 0 or packet:u8(23) ~= 17 then return false end
    local at = 14 + packet:u8(14) % 16 * 4
    return #packet > at + 3 and packet:u8(at + 2) == 0 and packet:u8(at + 3) == 7
end

coven.run(function(packet)
    if not is_echo(packet) then return coven.FORWARD end
    dropped:add(1)
    return coven.DROP
end)
