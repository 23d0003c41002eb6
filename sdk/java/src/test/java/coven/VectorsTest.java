package coven;

import static coven.JsonText.list;
import static coven.JsonText.object;
import static coven.Tests.equal;
import static coven.Tests.refused;
import static coven.Tests.test;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** The vectors that every SDK keeps to: spec/vectors/sdk. */
final class VectorsTest {
    private static final Path FOLDER = Path.of("../../spec/vectors/sdk");
    private static final HexFormat HEX = HexFormat.of();

    private VectorsTest() {}

    static void run() throws IOException {
        each("headers", VectorsTest::header);
        each("writes", VectorsTest::written);
        each("context", VectorsTest::context);
        each("nsh", VectorsTest::nsh);
    }

    private interface Vector {
        void holds(Map<String, Object> vector) throws Exception;
    }

    private static void each(String file, Vector check) throws IOException {
        for (Object one : list(JsonText.file(FOLDER.resolve(file + ".json")).get("vectors")))
            test("vectors, " + file + ": " + object(one).get("name"), () -> check.holds(object(one)));
    }

    /** A packet on a stage, with as much room in front. */
    static Packet packet(byte[] bytes, int headroom) {
        Stage stage = new Stage(1, 1);
        Packet packet = stage.packet(0, new Rehearsal.Given(bytes, new byte[16], 0));
        if (headroom < 0) return packet;
        int moved = headroom + Layout.LIMITS_HEADROOM_MIN - Transfer.offset(packet.descriptor), at = packet.at;
        packet.place(Frame.placed(packet.descriptor, Transfer.offset(packet.descriptor) + moved, bytes.length));
        packet.bytes.put(at + moved, bytes);
        if (packet.hasNsh()) packet.placeNsh(packet.nshOffset() + moved, 0);
        return packet;
    }

    private static Packet packet(Map<String, Object> vector, String name) {
        Object room = vector.get("headroom");
        return packet(HEX.parseHex((String) vector.get(name)), room == null ? -1 : ((Long) room).intValue());
    }

    private static void sameBytes(Packet packet, Object wanted) {
        equal(HEX.formatHex(Stage.bytes(packet)), wanted);
    }

    // Headers.

    private static void header(Map<String, Object> vector) throws Exception {
        Packet packet = packet(vector, "packet");
        Map<String, Object> fields = object(vector.get("fields"));
        for (String view : fields.keySet()) compare(view, view.equals("payload") ? hex(packet.payload()) : view(packet, view), fields.get(view));
        Map<String, Object> flow = object(vector.get("flow"));
        if (flow == null) equal(packet.flow(), null);
        else flow(packet.flow(), flow);
    }

    private static void flow(Flow is, Map<String, Object> wanted) {
        equal(List.of((long) is.protocol(), is.sourceText(), is.destinationText(), (long) is.sourcePort(), (long) is.destinationPort()),
            List.of(wanted.get("protocol"), wanted.get("source"), wanted.get("destination"), wanted.get("source_port"), wanted.get("destination_port")));
        equal(is.toString(), wanted.get("text"));
        equal(is.reversed().toString(), wanted.get("reversed"));
        equal(is.reversed().reversed(), is);
        equal(is.reversed().symmetricHash(), is.symmetricHash());
    }

    private static String hex(java.nio.ByteBuffer buffer) {
        if (buffer == null) return null;
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return HEX.formatHex(bytes);
    }

    private static Object view(Packet packet, String name) throws Exception {
        Object view = packet;
        for (String part : name.split("\\.")) view = call(view, part);
        return view;
    }

    private static void compare(String name, Object is, Object wanted) throws Exception {
        if (!(wanted instanceof Map)) {
            equal(is, wanted);
            return;
        }
        for (Map.Entry<String, Object> field : object(wanted).entrySet()) {
            Object value = call(is, name.equals("ethernet") && !field.getKey().equals("type") ? field.getKey() + "_text" : field.getKey());
            if (value instanceof Integer number) value = number.longValue();
            if (value instanceof byte[] bytes) value = HEX.formatHex(bytes);
            if (field.getValue() instanceof Map) compare(name, value, field.getValue());
            else if (!java.util.Objects.equals(value, field.getValue())) throw new AssertionError(name + "." + field.getKey() + " is " + value + ", not " + field.getValue());
        }
        if (is instanceof Tcp tcp) equal(tcp.syn() | tcp.ack() | tcp.fin() | tcp.rst() | tcp.psh() | tcp.urg(), (tcp.flags() & 63) != 0);
    }

    /** Names of the vectors are written `source_port`, ours `sourcePort`. */
    private static String camel(String name) {
        StringBuilder camel = new StringBuilder();
        for (String part : name.split("_")) camel.append(camel.isEmpty() ? part : Character.toUpperCase(part.charAt(0)) + part.substring(1));
        return camel.toString();
    }

    private static Object call(Object on, String name) throws Exception {
        if (on == null) throw new AssertionError("there is no view that has " + name);
        return on.getClass().getMethod(camel(name)).invoke(on);
    }

    // Writes.

    private static void written(Map<String, Object> vector) throws Exception {
        Packet packet = packet(vector, "packet");
        if (vector.get("partial") != null) packet.lines.putShort(packet.meta + Layout.META_OFF_FLAGS, (short) Layout.META_FLAG_CSUM_PARTIAL);
        for (Object step : list(vector.get("steps"))) step(packet, object(step));
        sameBytes(packet, vector.get("output"));
    }

    private static void step(Packet packet, Map<String, Object> step) throws Exception {
        if (step.containsKey("update_checksums")) {
            equal(packet.updateChecksums(), step.get("update_checksums"));
        } else if (step.containsKey("put")) {
            packet.data().put(((Long) step.get("at")).intValue(), HEX.parseHex((String) step.get("put")));
        } else {
            String field = (String) step.get("set");
            int dot = field.lastIndexOf('.');
            set(view(packet, field.substring(0, dot)), field.substring(dot + 1), step.get("value"));
        }
    }

    private static void set(Object view, String field, Object value) throws Exception {
        String setter = camel("set_" + field);
        for (Method method : view.getClass().getMethods()) {
            if (!method.getName().equals(setter)) continue;
            Class<?> type = method.getParameterTypes()[0];
            if (value instanceof Long number && type == int.class) method.invoke(view, number.intValue());
            else if (value instanceof Long && type == long.class) method.invoke(view, value);
            else if (value instanceof String text && view instanceof Ipv6 && type == byte[].class) method.invoke(view, HEX.parseHex(text));
            else if (value instanceof String && view instanceof Ethernet && type == String.class) method.invoke(view, value);
            else continue;
            return;
        }
        throw new AssertionError("no setter " + setter + " for " + value);
    }

    // Context.

    private static void context(Map<String, Object> vector) throws Exception {
        String layout = (String) vector.get("layout");
        if (vector.containsKey("error")) {
            refused(IllegalArgumentException.class, "COVEN_CONTEXT", () -> ContextField.named("a", layout));
            return;
        }
        if (vector.containsKey("misfit")) {
            for (Object pair : list(vector.get("misfit"))) refused(IllegalArgumentException.class, "context field", () -> put(packet(new byte[64], -1), layout, list(pair)));
            return;
        }
        Packet packet = packet(new byte[64], -1);
        byte[] before = HEX.parseHex((String) vector.get("context"));
        for (int i = 0; i < before.length; i++) packet.setContext(i, before[i]);
        for (Map.Entry<String, Object> field : object(vector.get("read")).entrySet()) equal(shown(packet, ContextField.named(field.getKey(), layout)), field.getValue());
        for (Object pair : list(vector.get("set"))) put(packet, layout, list(pair));
        equal(HEX.formatHex(Stage.context(packet)), vector.get("after"));
        refused(IllegalArgumentException.class, "it has " + layout.substring(0, layout.indexOf(':')), () -> ContextField.named("nowhere", layout));
    }

    private static String shown(Packet packet, ContextField field) {
        return field.bits() <= 64 ? "0x" + Long.toHexString(packet.context(field)) : HEX.formatHex(packet.contextBytes(field));
    }

    private static void put(Packet packet, String layout, List<Object> pair) {
        ContextField field = ContextField.named((String) pair.get(0), layout);
        String value = (String) pair.get(1);
        if (value.startsWith("0x")) packet.context(field, Long.parseUnsignedLong(value.substring(2), 16));
        else packet.context(field, HEX.parseHex(value));
    }

    // NSH.

    private static void nsh(Map<String, Object> vector) throws Exception {
        if (vector.containsKey("typed")) {
            typed(vector);
            return;
        }
        Packet packet = packet(vector, "frame");
        Nsh nsh = packet.nsh();
        equal(nsh == null, false);
        compare("nsh", nsh, vector.get("fields"));
        List<Object> wanted = list(vector.get("metadata"));
        List<Metadata> is = nsh.metadata();
        equal(is.size(), wanted.size());
        for (int i = 0; i < is.size(); i++) {
            Metadata piece = is.get(i);
            equal(List.of((long) piece.metadataClass(), (long) piece.type(), HEX.formatHex(piece.value())), list(wanted.get(i)).subList(0, 3));
        }
        for (Object step : list(vector.get("steps"))) equal(changed(packet.nsh(), object(step)), object(step).get("ok"));
        sameBytes(packet, vector.get("output"));
    }

    private static boolean changed(Nsh nsh, Map<String, Object> step) {
        int metadataClass = ((Long) step.get("class")).intValue(), type = ((Long) step.get("type")).intValue();
        if (step.get("op").equals("remove")) return nsh.remove(metadataClass, type);
        byte[] value = HEX.parseHex((String) step.get("value"));
        boolean done = nsh.set(metadataClass, type, value);
        if (done) equal(Arrays.equals(nsh.get(metadataClass, type), value), true);
        return done;
    }

    private static void typed(Map<String, Object> vector) throws Exception {
        byte[] value = HEX.parseHex((String) vector.get("value"));
        String kind = (String) vector.get("typed");
        Object typed = switch (kind) {
            case "forwarding_context" -> ForwardingContext.of(value);
            case "flow_id" -> FlowId.of(value);
            default -> Groups.of(value);
        };
        compare(kind, typed, vector.get("fields"));
        equal(HEX.formatHex((byte[]) call(typed, "value")), vector.get("written"));
    }
}
