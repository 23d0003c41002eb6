local seen = coven.counter("seen", "packets", "packets that came")
local verdicts = { [0] = coven.FORWARD, coven.DROP, coven.to("side"), coven.to("nowhere") }

coven.run(function(packet)
    seen:add(1)
    packet:context(1, (packet:context(0) + 7) % 256)
    return verdicts[packet:u8(14) % 4]
end)
