/* coven._core: the C core as Python sees it. `coven/__init__.py` is the face. */
#include "flow.h"
#include "views.h"

static PyObject *outputs(PyObject *module, PyObject *unused) {
    unsigned count = coven_output_count();
    PyObject *names = PyTuple_New(count);
    for (unsigned i = 0; names && i < count; i++) {
        PyObject *name = PyUnicode_FromString(coven_output_name(i));
        if (!name) Py_CLEAR(names);
        else PyTuple_SET_ITEM(names, i, name);
    }
    return names;
}

static PyObject *component_name(PyObject *module, PyObject *unused) { return PyUnicode_FromString(coven_component_name()); }

static PyMethodDef functions[] = {
    {"attach", loop_attach, METH_O, "attach(is_last): by the environment, and say so; `running` with the last of the process."},
    {"detach", loop_detach, METH_NOARGS, "Return what is held, and leave."},
    {"run", FAST(loop_run), METH_FASTCALL, "run(function, report, in_bursts): until told to stop; then detach."},
    {"join", FAST(loop_join), METH_FASTCALL, "join(function, report, in_bursts): keep them for the loop; what comes now is about the next component of this process."},
    {"turn", loop_turn, METH_NOARGS, "The number of the component whose turn it is."},
    {"step", FAST(loop_step), METH_FASTCALL, "step(function, report, in_bursts): one burst, if there is one. False: it is time to detach."},
    {"report_failure", loop_report_failure, METH_O, "report_failure(text): tell it, and keep the packet; for `report` alone. True: a stack may follow"},
    {"event_fd", loop_event_fd, METH_NOARGS, "Readable when step should be called."},
    {"arm", loop_arm, METH_NOARGS, "Before sleeping on event_fd. False: there is work already."},
    {"disarm", loop_disarm, METH_NOARGS, "After sleeping on event_fd."},
    {"packet_new", FAST(packet_new), METH_FASTCALL, "packet_new(length, like=None): a packet of one's own; None if none is to be had."},
    {"outputs", outputs, METH_NOARGS, "The names of the outputs, by number."},
    {"component_name", component_name, METH_NOARGS, "The component's name."},
    {"set_layout", context_set_layout, METH_O, "set_layout(text): the fields of the context; \"\" for none"},
    {"publish", agent_publish, METH_VARARGS, "publish(name, kind, type, unit, help, get, set, call)"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "coven._core", .m_size = -1, .m_methods = functions};

static bool add_type(PyObject *module, PyTypeObject *type, const char *name) {
    if (PyType_Ready(type)) return false;
    Py_INCREF((PyObject *)type);
    return !PyModule_AddObject(module, name, (PyObject *)type);
}

static bool add_views(PyObject *module) {
    for (unsigned kind = 0; kind < VIEWS; kind++)
        if (!add_type(module, view_types[kind], strrchr(view_types[kind]->tp_name, '.') + 1)) return false;
    return true;
}

PyMODINIT_FUNC PyInit__core(void) {
    PyObject *module = PyModule_Create(&definition);
    if (!module) return NULL;
    if (add_type(module, &Packet_Type, "Packet") && add_type(module, &Burst_Type, "Burst") && add_type(module, &Counter_Type, "Counter")
        && add_type(module, &Histogram_Type, "Histogram") && add_type(module, &Flow_Type, "Flow") && add_type(module, &FlowTable_Type, "FlowTable") && !PyType_Ready(&FlowIterator_Type)
        && add_views(module)
        && !PyModule_AddIntConstant(module, "FORWARD", COVEN_FORWARD) && !PyModule_AddIntConstant(module, "DROP", COVEN_DROP))
        return module;
    Py_DECREF(module);
    return NULL;
}
