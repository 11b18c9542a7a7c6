// libcudnn_adv: recurrent networks and attention are not modelled.
#include "descriptors.h"

using namespace convlens::emulator;
using namespace convlens::emulator::dnn;

CONVLENS_EXPORT cudnnStatus_t cudnnAdvVersionCheck() {
  DNN_CALL(kNothing);
  return kOk;
}
